using Iced.Intel;

namespace Arch.Amd64.Lifting;

/// <summary>
/// Marks a method as the meaning of some instructions. A row that names a <see cref="Code"/> is more specific than one that names its
/// mnemonic, and wins: MOVSD and CMPSD are string instructions and vector ones.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LiftsAttribute : Attribute
{
    public LiftsAttribute(params Mnemonic[] mnemonics) => Mnemonics = mnemonics;

    public LiftsAttribute(params Code[] codes) => Codes = codes;

    public IReadOnlyList<Mnemonic> Mnemonics { get; } = [];

    public IReadOnlyList<Code> Codes { get; } = [];
}
