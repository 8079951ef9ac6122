"""IJB's protocol and TinyFace's by NumPy alone: reads what the test wrote, prints rates as JSON."""
import json
import sys
import numpy as np

data = json.load(sys.stdin)
folder, embeddings = data["folder"], np.asarray(data["embeddings"], dtype=np.float64)


def table(name, columns, skip=0, separator=None):
    with open(f"{folder}/{name}") as file:
        lines = file.read().splitlines()[skip:]
    return [[int(line.split(separator)[column]) for line in lines] for column in columns]


templates, media = map(np.array, table("ijbc_face_tid_mid.txt", [1, 2]))
with open(f"{folder}/ijbc_name_5pts_score.txt") as file:
    scores = np.array([float(line.split()[-1]) for line in file])


def pooled(norm, score):
    rows = embeddings if norm else embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    rows = rows * scores[:, None] if score else rows
    ids = np.unique(templates)
    result = []
    for template in ids:
        own = templates == template
        means = [rows[own & (media == medium)].mean(axis=0) for medium in np.unique(media[own])]
        total = np.sum(means, axis=0)
        result.append(total / np.linalg.norm(total))
    return {int(id): row for id, row in zip(ids, result)}


def tar_at_far(similarity, label, fars):
    genuine, impostor = similarity[label == 1], np.sort(similarity[label == 0])[::-1]
    rates = []
    for far in fars:
        allowed = int(np.floor(far * len(impostor) * (1 + 1e-9)))
        if allowed < 1:
            rates.append(None)
            continue
        limit = impostor[allowed] if allowed < len(impostor) else -np.inf
        rates.append(float(np.mean(genuine > limit)))
    return rates


def found(gallery, gallery_ids, probes, probe_ids):
    similarity = probes @ gallery.T
    order = np.argsort(-similarity, axis=1, kind="stable")
    ranked = np.asarray(gallery_ids)[order]
    hits = ranked == np.asarray(probe_ids)[:, None]
    mated = hits.any(axis=1)
    return similarity, hits, mated


def open_set(similarity, hits, mated, fpirs):
    best = similarity.max(axis=1)
    impostor = np.sort(best[~mated])[::-1]
    rates = []
    for fpir in fpirs:
        allowed = int(np.floor(fpir * len(impostor) * (1 + 1e-9)))
        if allowed < 1:
            rates.append(None)
            continue
        limit = impostor[allowed] if allowed < len(impostor) else -np.inf
        rates.append(float(np.mean(hits[mated, 0] & (best[mated] > limit))))
    return rates


a, b, label = map(np.array, table("ijbc_template_pair_label.txt", [0, 1, 2]))
fars = [10.0**-k for k in range(1, 7)]
result = {"tar": {}}
for name, (norm, score) in {"norm+score": (1, 1), "norm": (1, 0), "score": (0, 1), "equal": (0, 0)}.items():
    rows = pooled(norm, score)
    similarity = np.array([rows[x] @ rows[y] for x, y in zip(a, b)])
    result["tar"][name] = tar_at_far(similarity, label, fars)
    if name != "norm+score":
        continue
    order = np.argsort(-similarity)
    result["scores"] = similarity.tolist()
    galleries = []
    for part in ("G1", "G2"):
        pairs = dict(zip(*table(f"ijbc_1N_gallery_{part}.csv", [0, 1], 1, ",")))
        galleries.append((np.array([rows[t] for t in pairs]), list(pairs.values())))
    pairs = dict(zip(*table("ijbc_1N_probe_mixed.csv", [0, 1], 1, ",")))
    probes, people = np.array([rows[t] for t in pairs]), list(pairs.values())
    everybody = np.concatenate([g for g, _ in galleries]), [p for _, ids in galleries for p in ids]
    _, hits, mated = found(*everybody, probes, people)
    result["ranks"] = [float(hits[mated, :k].any(axis=1).mean()) for k in (1, 5, 10)]
    result["openSet"] = [open_set(*found(g, ids, probes, people), [0.1, 0.01, 0.001]) for g, ids in galleries]

tiny = data["tinyface"]
unit = np.asarray(tiny["embeddings"], dtype=np.float64)
unit /= np.linalg.norm(unit, axis=1, keepdims=True)
ids = np.asarray(tiny["people"])
gallery, probes = np.asarray(tiny["gallery"]), np.asarray(tiny["probes"])
_, hits, mated = found(unit[gallery], np.where(np.isin(gallery, tiny["distractors"]), -100, ids[gallery]), unit[probes], ids[probes])
result["tinyface"] = [float(hits[:, :k].any(axis=1).mean()) for k in (1, 5, 20, 50)]
print(json.dumps(result))
