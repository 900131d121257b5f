namespace Arch.Arm64.Decoding;

/// <summary>
/// Marks a method as the meaning of the instructions that match a bit pattern: from bit 31 down, digits are fixed bits, x is any bit, and
/// words are fields by their names in the Arm Architecture Reference Manual (see <see cref="Fields"/>), followed by + when they must not be
/// 0.
/// </summary>
/// <param name="pattern">For example "sf 0 0 100010 sh imm12 Rn Rd".</param>
/// <param name="name">The manual's heading, for example "ADD (immediate)".</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class EncodingAttribute(string pattern, string name) : Attribute
{
    public string Pattern { get; } = pattern;

    public string Name { get; } = name;
}
