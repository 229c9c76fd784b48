"""A stand-in for Twilio with phones one can type on. It talks HTTP only and knows nothing about people."""
