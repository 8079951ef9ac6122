"""Loss and gradients of a training pass with AM-Softmax in PyTorch, the oracle of test/torch-gradients.test.ts.

    torch_gradients.py NET INPUT OUTPUT

INPUT is a safetensors file: `images` [B, H, W, 3], `labels` [B], `head` [D, N], and the net's weights in TensorFlow's layouts,
named as in @amface/nets, in the order of PyTorch's parameters. Metadata: `margin`, `scale` and `weightDecay`. OUTPUT gets
`loss`, the gradients as `gradient/NAME` in the same layouts, and the net's shifts, some of them changed, as `weight/NAME`.

A PReLU's slope changes at zero: of a million inputs some lie so near that rounding decides their side, and one of them
alone moves a kernel's gradient by per cents of its largest value. So the shift of each batch normalisation before a
PReLU is moved, by half a deviation at most, to where the widest gap among the channel's values has its middle at zero.

All is computed in float64, so that what differs are the errors of the other side.
"""
import json
import struct
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torch_nets import create_net


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        values = bytearray(file.read())
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        flat = torch.frombuffer(values, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = flat.reshape(entry["shape"]).double()
    return tensors, metadata


def write(path, tensors):
    header, pieces, offset = {}, [], 0
    for name, tensor in tensors.items():
        piece = tensor.float().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(piece)],
        }
        pieces.append(piece)
        offset += len(piece)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(pieces))


def to_torch(name, weight, rows_columns):
    """A weight in PyTorch's layout; of the dense layer with its inputs by channels first."""
    if name.endswith("depthwise_kernel"):
        return weight.permute(2, 3, 0, 1)
    if weight.dim() == 4:
        return weight.permute(3, 2, 0, 1)
    if weight.dim() == 2:
        return weight.reshape(*rows_columns, -1, weight.shape[1]).permute(3, 2, 0, 1).flatten(1)
    return weight.flatten()


def from_torch(name, gradient, shape, rows_columns):
    if name.endswith("depthwise_kernel"):
        return gradient.permute(2, 3, 0, 1)
    if len(shape) == 4:
        return gradient.permute(2, 3, 1, 0)
    if len(shape) == 2:
        return gradient.reshape(shape[1], -1, *rows_columns).permute(2, 3, 1, 0).reshape(shape)
    return gradient.reshape(shape)


def avoid_zero(net):
    """Moves the shifts of batch normalisations during the next forward pass, so that no PReLU's input is at its kink."""

    def move(norm, x):
        rows = x.detach().transpose(0, 1).flatten(1).sort(1).values
        widths = rows.diff(dim=1)
        middles = rows[:, :-1] + widths / 2
        widest = widths.masked_fill(middles.abs() > 0.5, -1).argmax(1, keepdim=True)
        before = norm.bias.detach().clone()
        with torch.no_grad():
            norm.bias -= middles.gather(1, widest)[:, 0]
            norm.bias.copy_(norm.bias.float())
        return x + (norm.bias - before).detach()[:, None, None]

    for block in net.modules():
        layers = list(block.children()) if isinstance(block, nn.Sequential) else []
        for norm, layer in zip(layers, layers[1:]):
            if isinstance(layer, nn.PReLU):
                layer.register_forward_pre_hook(lambda _, xs, norm=norm: move(norm, xs[0]))


def main():
    name, source, target = sys.argv[1:]
    tensors, metadata = read(source)
    images = tensors.pop("images").permute(0, 3, 1, 2)
    labels = tensors.pop("labels").long()
    head = tensors.pop("head").requires_grad_()
    net = create_net(name, *images.shape[2:]).double()
    # MobileFaceNet flattens a map of one position, which its depthwise convolution leaves.
    rows_columns = (1, 1) if name == "mobilefacenet" else tuple(-(-size // 16) for size in images.shape[2:])
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    parameters = dict(zip(tensors, trained, strict=True))
    with torch.no_grad():
        for weight, parameter in parameters.items():
            value = to_torch(weight, tensors[weight], rows_columns)
            if value.shape != parameter.shape:
                sys.exit(f"Cannot set {weight}: expected {list(parameter.shape)}, got {list(value.shape)}")
            parameter.copy_(value)
    avoid_zero(net)

    cosine = F.normalize(net(images)) @ F.normalize(head, dim=0)
    margin = float(metadata["margin"]) * F.one_hot(labels, head.shape[1])
    loss = F.cross_entropy(float(metadata["scale"]) * (cosine.clamp(-1, 1) - margin), labels)
    decayed = [head, *(p for p in parameters.values() if p.dim() > 1)]
    loss = loss + float(metadata["weightDecay"]) / 2 * sum(p.square().sum() for p in decayed)
    loss.backward()
    result = {"loss": loss.detach(), "gradient/head": head.grad}
    for weight, parameter in parameters.items():
        gradient = from_torch(weight, parameter.grad, tensors[weight].shape, rows_columns)
        result[f"gradient/{weight}"] = gradient
        if weight.endswith("/beta"):
            result[f"weight/{weight}"] = parameter.detach()
    write(target, result)


main()
