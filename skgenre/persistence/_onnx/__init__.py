"""Export to ONNX: features, networks and tables as one graph."""
