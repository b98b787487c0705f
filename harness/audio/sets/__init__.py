"""One file for each feature set; `make` gives its `FeatureSet`."""
