"""The home: a first-person, procedurally generated MuJoCo world."""
