"""A time that training may take."""

import time
from typing import Any

import numpy as np
from skorch.callbacks import EarlyStopping


class TimeLimit(EarlyStopping):
    """End training before an epoch that would go beyond a time.

    skorch's early stopping is what the classifiers know as a wish to end, not an interruption;
    with `early_stopping` they restore the best epoch. One epoch is always run.

    Parameters
    ----------
    seconds : float
        CPU time of the process.

    Attributes
    ----------
    is_over_ : bool
        Whether training was ended.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(monitor="epoch", patience=1)
        self.seconds = seconds

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return what a copy is made with."""
        return {"seconds": self.seconds}

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Note the time."""
        super().on_train_begin(net, **kwargs)
        # No epoch's number is lower: the first call of skorch's method ends training.
        self.dynamic_threshold_ = -np.inf
        self.start_ = time.process_time()
        self.n_epochs_ = 0
        self.is_over_ = False

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        """End training if this epoch has no time left."""
        if self.n_epochs_:
            used = time.process_time() - self.start_
            self.is_over_ = used + used / self.n_epochs_ > self.seconds
            if self.is_over_:
                super().on_epoch_end(net, **kwargs)
        self.n_epochs_ += 1

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Do nothing: an epoch that is over has been paid for."""
