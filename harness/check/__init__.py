"""The data looked at before anything is fitted: a file for each kind of finding."""
