"""The parts of find_examples.py."""
