"""What cameras may send, made worse at random: everything that it reaches in the code is tried further."""
