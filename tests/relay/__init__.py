"""The relay against real cameras, real TLS and decoders that are not its own."""
