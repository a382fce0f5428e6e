from ._card import model_card as model_card
from ._evaluation import read_evaluation as read_evaluation
from ._load import load_model as load_model
from ._onnx.export import export_onnx as export_onnx
from ._save import save_model as save_model

__all__ = ["export_onnx", "load_model", "model_card", "read_evaluation", "save_model"]
