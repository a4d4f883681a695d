"""Configurations as a client without a CLI packs and uploads them."""

import gzip
import io
import tarfile
import urllib.parse
import zlib


def slug(files):
    """A gzipped tar of {path: bytes}."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def write_slug(file, size, generator):
    """A slug of about this size, of bytes that do not shrink; its packer leaves them as they are."""
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    piece = generator.randbytes(1 << 20)
    count = size // (1 << 20) - 1
    info = tarfile.TarInfo("terraform.bin")
    info.size = count << 20
    file.write(packer.compress(info.tobuf()))
    for number in range(count):
        file.write(packer.compress(number.to_bytes(4, "big") + piece[4:]))
    file.write(packer.compress(bytes(1024)) + packer.flush())


def bomb(size):
    """Files of a gigabyte at most that hold zeros, and unpack to this size. gzip may be made of pieces that
    are packed each for itself: one is enough."""
    zeros = gzip.compress(bytes(8 << 20), mtime=0)
    packed = b""
    while size > 0:
        info = tarfile.TarInfo("zeros")
        info.size = min(size, 1 << 30)
        packed += gzip.compress(info.tobuf(), mtime=0) + zeros * (info.size // (8 << 20))
        size -= info.size
    return packed


def create(client, workspace, **attributes):
    """A new version; returns (id, path of its upload URL)."""
    attributes = {"auto-queue-runs": False} | {name.replace("_", "-"): value for name, value in attributes.items()}
    data = client.expect(201, "POST", f"/api/v2/workspaces/{workspace}/configuration-versions", {
        "data": {"type": "configuration-versions", "attributes": attributes}}).json["data"]
    return data["id"], urllib.parse.urlsplit(data["attributes"]["upload-url"]).path


def status(client, version):
    return client.expect(200, "GET", f"/api/v2/configuration-versions/{version}").json["data"]["attributes"]["status"]
