"""What officers type in, and the sentences that help when it cannot be used."""
