"""Front ends: from a waveform to a picture of it over time and frequency."""
