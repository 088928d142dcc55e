"""The whole main job on drawn samples, in a scratch folder of its own, through the same doors that everybody uses."""
