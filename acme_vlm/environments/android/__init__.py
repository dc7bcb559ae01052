"""The phone: AndroidEnv over a simulated phone, or over a real emulator."""
