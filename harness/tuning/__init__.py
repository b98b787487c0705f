"""What a search of settings is made of: its space, its trials, its folds, its pictures."""
