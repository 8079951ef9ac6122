"""Prints what PyTorch's optimizers make of a weight in six steps, as JSON: the values in torch-optimizers.json."""

import json

import torch

GRADIENTS = [[0.5, -0.3, 1e-3], [-0.2, -0.4, 0.0], [1.5, 0.1, -2e-3], [0.0, 0.0, 0.0], [-0.7, 2.0, 1e-3], [0.3, -0.1, 5e-3]]
START = [1.0, -2.0, 0.5]
RATES = [0.1, 0.1, 0.05, 0.05, 0.01, 0.01]

OPTIMIZERS = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "adam": lambda p: torch.optim.Adam(p),
    "adamw": lambda p: torch.optim.AdamW(p, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p),
    "rmsprop with momentum": lambda p: torch.optim.RMSprop(p, alpha=0.9, momentum=0.9),
    "adagrad": lambda p: torch.optim.Adagrad(p, initial_accumulator_value=0.1),
    "adadelta": lambda p: torch.optim.Adadelta(p),
}


def values_after_each_step(make):
    weight = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make([weight])
    values = []
    for gradient, rate in zip(GRADIENTS, RATES):
        for group in optimizer.param_groups:
            group["lr"] = rate
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        values.append(weight.detach().tolist())
    return values


steps = {name: values_after_each_step(make) for name, make in OPTIMIZERS.items()}
print(json.dumps({"torch": torch.__version__, "start": START, "gradients": GRADIENTS, "rates": RATES, "steps": steps}, indent=1))
