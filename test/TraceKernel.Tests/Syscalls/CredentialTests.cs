using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Errno;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Changing users and groups: setuid(2), setreuid(2), setgroups(2) and their like.</summary>
[TestFixture]
internal sealed class CredentialTests
{
    private const ulong Data = TestMemory.Base;
    private const uint Same = uint.MaxValue;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    private void BeUser(uint real, uint effective, uint saved) =>
        _world.Process.Credentials = new Credentials(real, effective, saved, real, saved, [effective]);

    private (uint, uint, uint) Users => (_world.Process.Credentials.RealUserId, _world.Process.Credentials.UserId, _world.Process.Credentials.SavedUserId);
    private (uint, uint, uint) Groups => (_world.Process.Credentials.RealGroupId, _world.Process.Credentials.GroupId, _world.Process.Credentials.SavedGroupId);

    [TestCase("setuid", 1u, 2u, 3u, new ulong[] { 1 }, None, 1u, 1u, 1u)]
    [TestCase("setuid", 1u, 2u, 3u, new ulong[] { 2 }, None, 2u, 2u, 2u)]
    [TestCase("setuid", 1u, 2u, 3u, new ulong[] { 3 }, EPERM, 1u, 2u, 3u)]
    [TestCase("setuid", 1u, 0u, 3u, new ulong[] { 9 }, None, 9u, 9u, 9u)]
    [TestCase("seteuid", 1u, 2u, 3u, new ulong[] { 3 }, None, 1u, 3u, 3u)]
    [TestCase("seteuid", 1u, 2u, 3u, new ulong[] { 9 }, EPERM, 1u, 2u, 3u)]
    [TestCase("setreuid", 1u, 2u, 3u, new ulong[] { Same, 1 }, None, 1u, 1u, 3u)]
    [TestCase("setreuid", 1u, 2u, 3u, new ulong[] { 3, 1 }, None, 3u, 1u, 1u)]
    [TestCase("setreuid", 1u, 2u, 3u, new ulong[] { 2, Same }, EPERM, 1u, 2u, 3u)]
    [TestCase("setresuid", 1u, 2u, 3u, new ulong[] { 3, 1, 2 }, None, 3u, 1u, 2u)]
    [TestCase("setresuid", 1u, 2u, 3u, new ulong[] { Same, Same, 9 }, EPERM, 1u, 2u, 3u)]
    public void Users_change_as_the_manual_says(
        string call, uint real, uint effective, uint saved, ulong[] arguments, Errno expected, uint newReal, uint newEffective, uint newSaved)
    {
        BeUser(real, effective, saved);
        Assert.That(_world.Call(call, arguments), Is.EqualTo(expected));
        Assert.That(Users, Is.EqualTo((newReal, newEffective, newSaved)));
        Assert.That(_world.Process.Has(ProcessFlags.SetId), Is.EqualTo(Users != (real, effective, saved)), "P_SUGID");
    }

    // The same rules, over the groups; BeUser makes the effective user the one that the rule is asked of.
    [TestCase("setgid", new ulong[] { 1 }, None, 1u, 1u, 1u)]
    [TestCase("setgid", new ulong[] { 3 }, EPERM, 1u, 2u, 3u)]
    [TestCase("setegid", new ulong[] { 3 }, None, 1u, 3u, 3u)]
    [TestCase("setregid", new ulong[] { 3, 1 }, None, 3u, 1u, 1u)]
    [TestCase("setresgid", new ulong[] { 3, 1, 2 }, None, 3u, 1u, 2u)]
    [TestCase("setresgid", new ulong[] { 9, Same, Same }, EPERM, 1u, 2u, 3u)]
    public void Groups_change_by_the_same_rules(string call, ulong[] arguments, Errno expected, uint real, uint effective, uint saved)
    {
        BeUser(1, 2, 3);
        Assert.That(_world.Call(call, arguments), Is.EqualTo(expected));
        Assert.That(Groups, Is.EqualTo((real, effective, saved)));
    }

    [Test]
    public void Root_alone_sets_the_group_list()
    {
        _world.Memory.Set(Data, 5u);
        _world.Memory.Set(Data + 4, 6u);
        Assert.That(_world.Call("setgroups", 2, Data), Is.EqualTo(EPERM));
        BeUser(0, 0, 0);
        Assert.That(_world.Call("setgroups", 1025, Data), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("setgroups", 2, Data), Is.EqualTo(None));
        Assert.That(_world.Process.Credentials.Groups, Is.EqualTo(new[] { 5u, 6u }));
        Assert.That(_world.Call("getgroups", 1, Data), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("setgroups", 0, 0), Is.EqualTo(None));
        Assert.That(_world.Process.Credentials.Groups, Is.EqualTo(new[] { 5u }), "the effective group stays");
    }

    [Test]
    public void The_three_ids_are_told_apart()
    {
        BeUser(1, 2, 3);
        Assert.That(_world.Call("getresuid", Data, Data + 4, Data + 8), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<uint>(Data), _world.Memory.Get<uint>(Data + 4), _world.Memory.Get<uint>(Data + 8)), Is.EqualTo((1u, 2u, 3u)));
        _world.Call("getuid");
        Assert.That(_world.Value, Is.EqualTo(1));
        _world.Call("geteuid");
        Assert.That(_world.Value, Is.EqualTo(2));
    }

    [Test]
    public void Who_has_changed_may_be_signalled_by_friends_and_debugged_by_root_alone()
    {
        var other = _world.Add(200);
        other.Session = 7;
        Assert.That(Debug(other), Is.EqualTo(None));
        other.Flags |= ProcessFlags.SetId;
        Assert.That(Debug(other), Is.EqualTo(EPERM));
        Assert.That(_world.Call("kill", 200, 15), Is.EqualTo(None));
        Assert.That(_world.Call("kill", 200, 3), Is.EqualTo(EPERM), "SIGQUIT would make a core dump");
        BeUser(0, 0, 0);
        Assert.That(Debug(other), Is.EqualTo(None));
        Assert.That(_world.Call("kill", 200, 3), Is.EqualTo(None));
    }

    [Test]
    public void Groups_that_the_debugger_is_not_in_keep_it_out()
    {
        var other = _world.Add(200);
        other.Credentials = other.Credentials with { Groups = [Process.ProgramUser, 5] };
        Assert.That(Debug(other), Is.EqualTo(EPERM));
        _world.Process.Credentials = other.Credentials with { Groups = [Process.ProgramUser, 9, 5] };
        Assert.That(Debug(other), Is.EqualTo(None));
    }

    [Test]
    public void A_signal_goes_to_those_of_a_group_that_may_get_it()
    {
        var (own, strange) = (_world.Add(200), _world.Add(201));
        (own.Group, strange.Group) = (50, 50);
        strange.UserId = 5;
        Assert.That(_world.Call("kill", unchecked((ulong)-50), 15), Is.EqualTo(None));
        Assert.That((own.Queue.Pending.Contains(15), strange.Queue.Pending.Contains(15)), Is.EqualTo((true, false)));
        own.Group = 51;
        Assert.That(_world.Call("kill", unchecked((ulong)-50), 15), Is.EqualTo(EPERM));
        Assert.That(_world.Call("kill", unchecked((ulong)-99), 15), Is.EqualTo(ESRCH));
    }

    [Test]
    public void A_signal_names_the_real_user_who_sent_it()
    {
        var other = _world.Add(200);
        BeUser(5, 0, 0);
        Assert.That(_world.Call("kill", 200, 15), Is.EqualTo(None));
        Assert.That(other.Queue.TryTake(15, out var info, out _), Is.True);
        Assert.That((info.si_pid, info.si_uid), Is.EqualTo((_world.Process.Pid, 5u)));
    }

    private Errno Debug(Process target) => Ptrace.Permission.CanDebug(_world.Process, target);
}
