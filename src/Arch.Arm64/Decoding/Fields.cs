namespace Arch.Arm64.Decoding;

/// <summary>
/// The fields of A64 instruction words by the manual's names: width, and the lowest bits at which a field of that name may lie. The lifter
/// has a property for each.
/// </summary>
internal static class Fields
{
    private static readonly Dictionary<string, (int Width, int[] Positions)> Table = new()
    {
        ["Rd"] = (5, [0]), ["Rt"] = (5, [0]), ["Rn"] = (5, [5]), ["Rm"] = (5, [16]), ["Rs"] = (5, [16]), ["Ra"] = (5, [10]),
        ["Rt2"] = (5, [10]), ["sf"] = (1, [31]), ["S"] = (1, [12, 29]), ["N"] = (1, [21, 22]), ["sh"] = (1, [22]),
        ["o0"] = (1, [4, 15, 19]), ["o1"] = (1, [24]), ["op"] = (1, [24, 29, 30, 31]), ["L"] = (1, [21, 22]), ["A"] = (1, [23]),
        ["R"] = (1, [21, 22]), ["V"] = (1, [26]), ["Q"] = (1, [30]), ["U"] = (1, [29]), ["b5"] = (1, [31]), ["b40"] = (5, [19]),
        ["imm3"] = (3, [10]), ["imm4"] = (4, [11]), ["imm5"] = (5, [16]), ["imm6"] = (6, [10]), ["imm7"] = (7, [15]), ["imm8"] = (8, [13]),
        ["imm9"] = (9, [12]), ["imm12"] = (12, [10]), ["imm14"] = (14, [5]), ["imm16"] = (16, [5]), ["imm19"] = (19, [5]),
        ["imm26"] = (26, [0]), ["immlo"] = (2, [29]), ["immhi"] = (19, [5]), ["immr"] = (6, [16]), ["imms"] = (6, [10]),
        ["immh"] = (4, [19]), ["immb"] = (3, [16]), ["hw"] = (2, [21]), ["shift"] = (2, [22]), ["option"] = (3, [13]),
        ["cond"] = (4, [0, 12]), ["nzcv"] = (4, [0]), ["size"] = (2, [10, 22, 30]), ["opc"] = (2, [22, 29, 30]), ["opc3"] = (3, [12, 13]),
        ["sz"] = (1, [10, 22, 30]), ["type"] = (2, [22]), ["op1"] = (3, [16]), ["op2"] = (3, [5]), ["CRn"] = (4, [12]), ["CRm"] = (4, [8]),
        ["a"] = (1, [18]), ["b"] = (1, [17]), ["c"] = (1, [16]), ["defgh"] = (5, [5]), ["cmode"] = (4, [12]), ["o2"] = (1, [11, 23]),
        ["M"] = (1, [20]), ["H"] = (1, [11]), ["len"] = (2, [13]), ["scale"] = (6, [10]), ["rmode"] = (2, [19]), ["opcode"] = (4, [12]),
        ["Rmlo"] = (4, [16]), ["abc"] = (3, [16]),
    };

    /// <summary>The width of a field in bits; false when there is none of that name.</summary>
    public static bool TryWidth(string name, out int width)
    {
        bool found = Table.TryGetValue(name, out var field);
        width = field.Width;
        return found;
    }

    /// <summary>Whether a field's lowest bit may be bit <paramref name="position"/>.</summary>
    public static bool IsAt(string name, int position) => Table[name].Positions.Contains(position);
}
