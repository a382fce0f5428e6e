"""Stores of features, written by Zarr and pyarrow alone, as other programs see them."""

import io
import json

import fsspec
import numpy as np
import pandas as pd
import zarr

FACTS = {
    "version": "0.1",
    "format": 1,
    "feature": "MelSpectrogram",
    "setting": "5e77",
    "parameters": "MelSpectrogram()",
    "manifest": "c11b5",
}


def write_maps(
    url, maps, *, genre=None, group=None, bad=(), chunk=4, partition=8, unfinished=(), **facts
):
    """Write maps (n_clips, n_bands, n_frames) at a path or URL; clips of `bad` have none."""
    filesystem, root = fsspec.core.url_to_fs(str(url))
    is_local = not root.startswith("s3") and "://" not in str(url)
    store = str(url) if is_local else zarr.storage.FsspecStore.from_url(str(url))
    bad = list(bad)
    kept = {
        **FACTS,
        "kind": "maps",
        "n_clips": len(maps),
        "partition_size": partition,
        "chunk_size": chunk,
        "shape": maps.shape[1:],
        "dtype": str(maps.dtype),
        "columns": None,
        **facts,
    }
    zarr_group = zarr.create_group(store, attributes={"skgenre": kept})
    array = zarr_group.create_array(
        "X", shape=maps.shape, chunks=(chunk, *maps.shape[1:]), dtype=maps.dtype, fill_value=np.nan
    )
    values = maps.copy()
    values[bad] = np.nan
    array[:] = values
    ok = np.ones(len(maps), bool)
    ok[bad] = False
    zarr_group.create_array("ok", shape=ok.shape, chunks=(partition,), dtype=bool, fill_value=False)
    zarr_group["ok"][:] = ok
    _write_clips(filesystem, f"{root}/clips.parquet", len(maps), genre, group)
    _write_markers(filesystem, f"{root}/parts", len(maps), partition, bad, unfinished)
    return str(url)


def write_table(url, table, *, genre=None, group=None, bad=(), partition=8, unfinished=(), **facts):
    """Write a table (n_clips, n_features) with the columns f0, f1, … at a path or URL."""
    filesystem, root = fsspec.core.url_to_fs(str(url))
    bad = list(bad)
    names = [f"f{number}" for number in range(table.shape[1])]
    kept = {
        **FACTS,
        "kind": "table",
        "n_clips": len(table),
        "partition_size": partition,
        "chunk_size": partition,
        "shape": [len(names)],
        "dtype": "float32",
        "columns": names,
        **facts,
    }
    filesystem.makedirs(f"{root}/_skgenre", exist_ok=True)
    filesystem.pipe_file(f"{root}/_skgenre/store.json", json.dumps(kept).encode())
    ok = np.ones(len(table), bool)
    ok[bad] = False
    columns = {
        name: np.where(ok, column, np.nan) for name, column in zip(names, table.T, strict=True)
    }
    frame = pd.DataFrame({"clip": np.arange(len(table)), "ok": ok, **columns})
    frame = frame.astype(dict.fromkeys(columns, np.float32))
    for part, start in enumerate(range(0, len(table), partition)):
        _write_parquet(
            filesystem, f"{root}/part-{part:05}.parquet", frame[start : start + partition]
        )
    _write_clips(filesystem, f"{root}/_skgenre/clips.parquet", len(table), genre, group)
    _write_markers(filesystem, f"{root}/_skgenre/parts", len(table), partition, bad, unfinished)
    return str(url)


def _write_clips(filesystem, path, n_clips, genre, group):
    names = [f"clip{row:03}" for row in range(n_clips)]
    clips = {"id": names, "path": [f"music/{name}.wav" for name in names]}
    if genre is not None:
        clips["genre"] = list(genre)
    if group is not None:
        clips["group"] = list(group)
    _write_parquet(filesystem, path, pd.DataFrame(clips))


def _write_parquet(filesystem, path, frame):
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    filesystem.pipe_file(path, content.getvalue())


def _write_markers(filesystem, folder, n_clips, partition, bad, unfinished):
    filesystem.makedirs(folder, exist_ok=True)
    for part, start in enumerate(range(0, n_clips, partition)):
        if part not in unfinished:
            of_part = {row: "empty file" for row in bad if start <= row < start + partition}
            filesystem.pipe_file(f"{folder}/{part:05}.json", json.dumps({"bad": of_part}).encode())
