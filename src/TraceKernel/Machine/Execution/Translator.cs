using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// The translations of one address space's hot code. What a guest can observe never depends on them: a region may be left at any
/// instruction boundary with everything exact, and the interpreter goes on there.
/// </summary>
/// <remarks>
/// <para>A block that was entered often becomes the entry of a region: <see cref="RegionFormer"/> follows its exits to other hot blocks, calls to the
/// places they come back to. On the translation thread <see cref="BlockReader"/> turns each block into steps over values (<see cref="ValueTable"/>),
/// <see cref="RegionPlan"/> finds loops and which flags anyone reads, <see cref="RegionCompiler"/> writes one dynamic method. Finished regions are
/// put in use by the engine's own thread. A region is in use while all its blocks are as they are in memory and none has a breakpoint; those that
/// come back by content bring it back.</para>
/// <para>Registers are locals, written when an instruction commits, after everything in it that can leave: every way out finds them exact. Everything
/// unusual (an access that the table does not know, a trap, a doubtful floating-point case) leaves before its instruction, and the interpreter
/// executes that one. Flags are not computed but described (<see cref="FlagRecipe"/>), unless a later instruction of the region reads them.</para>
/// <para>Instructions are counted as blocks are entered; at the entry and at loop heads a region leaves unless enough remain to reach the next such
/// place, so that a turn ends at its exact instruction in the interpreter. Regions lead to each other by tail calls through <see cref="CodeCells"/>.</para>
/// </remarks>
internal sealed unsafe class Translator
{
    [ThreadStatic]
    private static Translator? _running;
    private static long _compiled;

    private readonly InstructionSet _instructionSet;
    private readonly AddressSpace _memory;
    private readonly TranslationPolicy _policy;
    private readonly FileLayout _layout;
    private readonly FlagSlots _flags;
    private readonly Helper[] _helpers;
    private readonly ulong[] _scratch;
    private readonly CodeCells _cells = new();
    private readonly List<Region?> _regions = [];
    private readonly ConcurrentQueue<Region> _finished = new();
    private Cpu _cpu = null!;
    private long _retiredAtZero;

    // Bytes of the machine's budget that the translations in use have taken.
    private long _bytes;

    public Translator(InstructionSet instructionSet, AddressSpace memory, TranslationPolicy policy)
    {
        _instructionSet = instructionSet;
        _memory = memory;
        _policy = policy;
        _layout = new FileLayout(instructionSet.Registers);
        _flags = new FlagSlots(instructionSet);
        _helpers = [.. instructionSet.Helpers];
        _scratch = new ulong[_layout.Length];
    }

    /// <summary>The CPU that translated code on this thread runs for.</summary>
    public static Cpu RunningCpu => _running!._cpu;

    /// <summary>Regions that were compiled in this process of the host, for all address spaces.</summary>
    public static long Compiled => Volatile.Read(ref _compiled);

    /// <summary>What was done so far.</summary>
    public TranslationCounts Counts { get; private set; }

    /// <summary>Whether an instruction at an address must not be run by translations.</summary>
    public Func<Block, bool> IsBarred { get; set; } = _ => false;

    /// <summary>Something happened that must be looked at before the next instruction.</summary>
    public bool Stop { get; set; }

    /// <summary>Whether there is a translation that can run now.</summary>
    public static bool CanRun(Block block, long remaining) => block.RunningRegion is { } region && remaining >= region.Longest;

    /// <summary>Asks for a translation of the code that begins with a hot block.</summary>
    public void Request(Block block, Func<ulong, Block?> find)
    {
        if (!_policy.IsOn || block.Region is not null)
            return;
        var region = RegionFormer.Form(_regions.Count, block, find, _policy.MaximumInstructions, isGrown: false);
        *region.Countdown = _policy.Growth;
        foreach (var member in region.Blocks)
            member.Entry->Countdown = int.MaxValue;
        block.Region = region;
        Translate(region);
    }

    /// <summary>Asks for another translation of the code that begins with a region's entry, of all that is hot by now.</summary>
    public void Grow(Block block, Func<ulong, Block?> find)
    {
        var region = RegionFormer.Form(_regions.Count, block, find, _policy.MaximumInstructions * 3 / 2, isGrown: true);
        // Nothing new so far.
        if (region.Blocks.Count <= block.Region!.Blocks.Count)
        {
            *block.Region.Countdown = _policy.Growth * 16L;
            return;
        }
        foreach (var entry in region.Entries)
            entry.GrownRegion = region;
        Translate(region);
    }

    private void Translate(Region region)
    {
        _regions.Add(region);
        foreach (var member in region.Blocks)
            member.Regions.Add(region);
        if (_policy.IsImmediate)
            Compile(region);
        else
            TranslationThread.Do(() => Compile(region));
    }

    /// <summary>Puts finished translations in use.</summary>
    public void Install()
    {
        while (_finished.TryDequeue(out var region))
        {
            if (region.Failure is not null)
                throw new InvalidOperationException($"the region at {region.Entry.Address:x} could not be translated", region.Failure);
            // It may have been asked for before everything was thrown away.
            if (region.Number >= _regions.Count || _regions[region.Number] != region)
                continue;
            Counts = Counts with
            {
                Translations = Counts.Translations + 1,
                Instructions = Counts.Instructions + region.Instructions,
                Bytes = Counts.Bytes + region.Size,
                GuestBytes = Counts.GuestBytes + region.Blocks.Sum(block => block.Code.Length),
                Time = Counts.Time + region.Time,
            };
            _bytes += region.Bytes;
            _memory.Code.Add(region.Bytes);
            foreach (var member in region.Blocks)
            {
                if (member.Region is null)
                    member.Entry->Countdown = _policy.Threshold * 8;
            }
            Reconsider(region);
        }
    }

    /// <summary>Whether so much is translated that it is better to begin anew.</summary>
    public bool IsFull => Counts.Instructions > _policy.MaximumHeld;

    /// <summary>Decides anew which translations may be used.</summary>
    public void ReconsiderAll()
    {
        foreach (var region in _regions)
        {
            if (region is not null)
                Reconsider(region);
        }
    }

    /// <summary>Puts a translation in use or out of it, by what its blocks are now.</summary>
    public void Reconsider(Region region)
    {
        region.IsActive = region.Code != 0 && IsUsable(region);
        for (int i = 0; i < region.Entries.Count; i++)
        {
            var entry = region.Entries[i];
            var running = entry.RunningRegion;
            entry.Entry->Countdown = running is null ? _policy.Threshold : 0;
            _cells.Set(entry.Address, running?.Code ?? 0);
        }
    }

    // Each breakpoint that goes in or out comes here: without a delegate, without an enumerator.
    private bool IsUsable(Region region)
    {
        for (int i = 0; i < region.Blocks.Count; i++)
        {
            if (!region.Blocks[i].IsLive || IsBarred(region.Blocks[i]))
                return false;
        }
        return true;
    }

    /// <summary>Throws all translations away.</summary>
    public void Clear()
    {
        foreach (var region in _regions)
        {
            if (region is null)
                continue;
            region.IsActive = false;
            foreach (var entry in region.Entries)
                _cells.Set(entry.Address, 0);
            foreach (var block in region.Blocks)
            {
                block.Regions.Clear();
                block.Region = null;
                block.GrownRegion = null;
                block.IsBack = false;
                block.Entry->Countdown = _policy.Threshold;
            }
        }
        _regions.Clear();
        _memory.Code.Add(-_bytes);
        _bytes = 0;
        Counts = Counts with { Instructions = 0, Bytes = 0, Clears = Counts.Clears + 1 };
    }

    /// <summary>Runs the translation that begins with a block, and those it leads to. The registers are exact afterwards.</summary>
    /// <returns>The block in which the next instruction must be interpreted; null when it begins one that is to be looked for.</returns>
    public Block? Run(Cpu cpu, Block block, ref long remaining)
    {
        var region = block.RunningRegion!;
        _cells.SetIndirect(block.Address, region.Code);
        _cpu = cpu;
        _running = this;
        long start = cpu.Retired;
        _retiredAtZero = start + remaining;
        Stop = false;
        ulong* file = (ulong*)Unsafe.AsPointer(ref cpu.File[0]);
        file[_layout.Stop] = 0;
        if (file[_layout.WindowsSeen] != (ulong)_memory.Changes && !TrySetWindows(file))
            return block;
        long left = ((delegate*<nint, nint, long, long>)region.Code)((nint)file, (nint)_memory.Translations, remaining);
        Block? interpreted = null;
        if (left >= 0)
        {
            var exit = _regions[(int)(left >> Region.NumberBits)]!.Exits[(int)(left & ((1 << Region.NumberBits) - 1))];
            cpu.Pc = exit.Pc;
            interpreted = exit.Block;
            remaining = (long)file[_layout.Remaining] + exit.Credit;
        }
        else
            remaining = ~left;
        if (file[_layout.Recipe] != 0)
            ComputeFlags((nint)file);
        long retired = _retiredAtZero - remaining - start;
        cpu.Retired = start + retired;
        Counts = Counts with { Retired = Counts.Retired + retired, Entries = Counts.Entries + 1 };
        return interpreted;
    }

    /// <summary>Called by translated code: puts the flags into their slots.</summary>
    public static void ComputeFlags(nint file)
    {
        var translator = _running!;
        var slots = (ulong*)file;
        ulong number = slots[translator._layout.Recipe];
        var recipe = translator._regions[(int)(number >> Region.NumberBits)]!.Recipes[(int)(number & ((1 << Region.NumberBits) - 1)) - 1];
        recipe.Evaluate(translator._scratch, slots + translator._layout.Captures);
        for (int i = 0; i < translator._flags.Count; i++)
            slots[translator._flags[i]] = translator._scratch[translator._flags[i]];
        slots[translator._layout.Recipe] = 0;
    }

    /// <summary>Called by translated code: calls a helper of the instruction set, with everything in the register file.</summary>
    /// <param name="remaining">Instructions that may still be executed, this one included.</param>
    /// <returns>0 when it trapped: the interpreter shall find that out.</returns>
    public static int CallHelper(nint file, long remaining, int helper, int dst, int a, int b, int c, ulong immediate)
    {
        var translator = _running!;
        var slots = (ulong*)file;
        if (slots[translator._layout.Recipe] != 0)
            ComputeFlags(file);
        var cpu = translator._cpu;
        cpu.Retired = translator._retiredAtZero - remaining;
        int trap = translator._helpers[helper](cpu, dst, a, b, c, immediate);
        if (trap != InstructionSet.NoTrap)
        {
            translator._memory.TakeHits();
            return 0;
        }
        // The windows show pages that an access later in the same instruction may go to.
        if (slots[translator._layout.WindowsSeen] != (ulong)translator._memory.Changes)
            throw new InvalidOperationException($"helper {helper} changed what may be accessed");
        if (translator.Stop || translator._memory.HasHits || slots[translator._instructionSet.TraceFlag.Index] != 0)
            slots[translator._layout.Stop] = 1;
        return 1;
    }

    // All windows show one page that can be accessed: there are no empty ones, so that translated code need not look for those. When there
    // is no such page nothing translated is run.
    private bool TrySetWindows(ulong* file)
    {
        if (!_memory.TryFindPlain(out ulong page, out nint delta))
            return false;
        for (int i = _layout.Windows; i < _layout.Length; i += 2)
        {
            file[i] = page;
            file[i + 1] = page + (ulong)delta;
        }
        file[_layout.WindowsSeen] = (ulong)_memory.Changes;
        return true;
    }

    private void Compile(Region region)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            RegionCompiler.Compile(_instructionSet, region, _cells);
        }
        // An exception is our bug; it goes to whoever runs the engine instead of ending the process from here.
        catch (Exception failure) when (!_policy.IsImmediate)
        {
            region.Failure = failure;
        }
        region.Time = Stopwatch.GetElapsedTime(start);
        Interlocked.Increment(ref _compiled);
        _finished.Enqueue(region);
    }
}
