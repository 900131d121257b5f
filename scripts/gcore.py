# Gives gdb's "gcore [FILE]" the core file that the server's kernel writes: gdb 13, which lacks FreeBSD, has the command then, and lldb reads
# the file, too. In the files that gdb 16 makes itself the registers are owned by CORE, as on Linux; lldb wants them owned by FreeBSD.
#   gdb -x scripts/gcore.py, or "source" it
import re

import gdb


class Gcore(gdb.Command):
    """Save a core file of the current process, written by the server's kernel.
Usage: gcore [FILE]
Without FILE the file is core.PID."""

    def __init__(self):
        super().__init__("gcore", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)

    def invoke(self, arguments, from_tty):
        file = arguments or f"core.{gdb.selected_inferior().pid}"
        said = gdb.execute("monitor gcore", to_string=True)
        saved = re.search(r"remote get (\S+) FILE", said)
        if saved is None:
            raise gdb.GdbError(said.strip())
        try:
            gdb.execute(f"remote get {saved[1]} {file}", to_string=True)
        finally:
            gdb.execute(f"remote delete {saved[1]}", to_string=True)
        print(f"Saved corefile {file}")


Gcore()
