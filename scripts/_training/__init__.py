"""The parts of train_model.py."""
