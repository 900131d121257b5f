using System.Runtime.Versioning;
using NUnit.Framework;

// Each test has a server and a debugger of its own; two at a time, as many as the smallest machine has processors.
[assembly: LevelOfParallelism(2)]
[assembly: Parallelizable(ParallelScope.All)]
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
// They need sh, signals and a gdb.
[assembly: UnsupportedOSPlatform("windows")]
