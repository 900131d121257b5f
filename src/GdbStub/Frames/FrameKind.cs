namespace GdbStub.Frames;

/// <summary>What a <see cref="FrameDecoder"/> found in the bytes it was given.</summary>
public enum FrameKind
{
    /// <summary>All bytes are used and no frame is complete.</summary>
    None,
    /// <summary>A packet whose checksum is right.</summary>
    Packet,
    /// <summary>A packet whose checksum is wrong.</summary>
    BadChecksum,
    /// <summary>A packet longer than the limit; its contents are gone.</summary>
    TooLong,
    /// <summary>'+': the last packet arrived.</summary>
    Ack,
    /// <summary>'-': send the last packet again.</summary>
    Nak,
    /// <summary>A byte 0x03 between packets: stop the program.</summary>
    Interrupt,
}
