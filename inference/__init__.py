"""GPT-2, run on the user's own words with every tensor kept. Knows nothing of Blender."""
