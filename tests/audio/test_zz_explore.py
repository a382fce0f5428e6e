import time, subprocess, sys, io
import numpy as np, soundfile, pytest
from skgenre.audio import load_audio
from skgenre.exceptions import AudioDecodeError
from ..remote_store import forget_connections

def wav(n=44100, seed=0, fmt="WAV"):
    f=io.BytesIO(); soundfile.write(f, np.random.default_rng(seed).normal(size=n)*.1, 44100, format=fmt); return f.getvalue()

def show(fn, *a, **k):
    t=time.time()
    try: r=fn(*a,**k); print("OK", getattr(r,"shape",r), f"{time.time()-t:.2f}s")
    except Exception as e:
        print(type(e).__name__, str(e), f"{time.time()-t:.2f}s")

def test_it(s3_store, http_server, dropping_proxy, tmp_path, monkeypatch):
    url = s3_store.put("a/x.wav", wav())
    big = s3_store.put("a/big.wav", wav(44100*300))
    mp3 = s3_store.put("a/big.mp3", wav(44100*1200, fmt="MP3")); 
    s3_store.requests.clear()
    for u in (url, big, mp3):
        show(load_audio, u); print(s3_store.requests); s3_store.requests.clear()
    from skgenre.audio._load import open_whole
    from skgenre.audio._header import read_header
    for u in (url, big, mp3):
        print(read_header(u)); print(s3_store.requests); s3_store.requests.clear()
    show(load_audio, "s3://music/none.wav")
    show(load_audio, "s3://nobucket/none.wav")
    show(load_audio, "s3://music/a")
    show(load_audio, "s3://music/a/x.wav?token=SECRETTOKEN")
    show(load_audio, "s3://KEYUSER:SECRETPW@music/a/x.wav")
    print(s3_store.requests); s3_store.requests.clear()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY","wrong"); forget_connections()
    show(load_audio, url)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY");monkeypatch.delenv("AWS_ACCESS_KEY_ID"); forget_connections()
    show(load_audio, url)
    for k,v in s3_store.environment.items(): monkeypatch.setenv(k,v)
    forget_connections()
    monkeypatch.setenv("AWS_ENDPOINT_URL","http://127.0.0.1:9"); forget_connections()
    show(load_audio, url)
    monkeypatch.setenv("AWS_ENDPOINT_URL","http://no.such.host.invalid"); forget_connections()
    show(load_audio, url)
    for n in (30_000, 2_000_000):
        monkeypatch.setenv("AWS_ENDPOINT_URL",dropping_proxy(s3_store.url, n).url); forget_connections()
        show(load_audio, url)
        show(load_audio, big)
    print("--- http")
    (tmp_path/"x.wav").write_bytes(wav()); (tmp_path/"big.wav").write_bytes(wav(44100*300))
    h=http_server
    def loc(u): return u.replace("http://","http://user:PASSWD@")+"?sig=SIGNATURE"
    for ranges in (True, False):
        for size in (True, False):
            h.has_ranges, h.has_size = ranges,size
            print(ranges,size)
            for name in ("x.wav","big.wav"):
                h.requests.clear(); show(load_audio, loc(f"{h.url}/{name}")); print(h.requests)
    h.has_ranges=h.has_size=True
    show(load_audio, loc(f"{h.url}/none.wav"))
    show(load_audio, "http://user:PASSWD@127.0.0.1:9/x.wav?sig=SIGNATURE")
    show(load_audio, "http://user:PASSWD@no.such.host.invalid/x.wav?sig=SIGNATURE")
    for n in (30_000, 2_000_000):
        p = dropping_proxy(h.url, n).url; forget_connections()
        show(load_audio, loc(f"{p}/x.wav"))
        show(load_audio, loc(f"{p}/big.wav"))
    print("--- zip")
    import zipfile
    with zipfile.ZipFile(tmp_path/"m.zip","w", zipfile.ZIP_DEFLATED) as z: z.writestr("in/x.wav", wav())
    show(load_audio, f"zip://in/x.wav::{tmp_path}/m.zip")
    show(load_audio, f"zip://in/none.wav::{tmp_path}/m.zip")
    show(load_audio, f"zip://in/none.wav::{tmp_path}/none.zip")
    show(load_audio, f"zip://in/none.wav::{tmp_path}/x.wav")
    s3_store.put("m.zip", tmp_path/"m.zip"); s3_store.requests.clear()
    show(load_audio, "zip://in/x.wav::s3://music/m.zip"); print(s3_store.requests)
    show(load_audio, "zip://in/x.wav::s3://music/none.zip")
    show(load_audio, "simplecache::s3://music/a/x.wav")
    show(load_audio, f"{h.url}/")
