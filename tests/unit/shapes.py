"""A container and an engine that pass every check of the audit, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.slipway.kit.plugins.plugin_utils.audit import containers

Tree = dict[str, object]

ENGINE: Tree = {
    "icc": False,
    "ip": "127.0.0.1",
    "log-driver": "local",
    "no-new-privileges": True,
    "live-restore": True,
    "userland-proxy": False,
    "hosts": ["unix:///run/docker.sock", "fd://"],
}
HOST: Tree = {
    "CapDrop": ["ALL"],
    "CgroupnsMode": "private",
    "IpcMode": "private",
    "LogConfig": {"Type": "local", "Config": {"max-size": "10m"}},
    "MaskedPaths": ["/proc/kcore", "/proc/keys", "/sys/firmware", "/proc/acpi"],
    "Memory": 2**28,
    "MemorySwap": 2**28,
    "NanoCpus": 10**9,
    "NetworkMode": "box-blue_default",
    "PidsLimit": 256,
    "PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "20000"}]},
    "ReadonlyPaths": ["/proc/sys", "/proc/bus"],
    "ReadonlyRootfs": True,
    "RestartPolicy": {"Name": "unless-stopped"},
    "SecurityOpt": ["no-new-privileges:true"],
}


def container(host: Mapping[str, object] | None = None, **other: object) -> Tree:
    made: Tree = {
        "Name": "/box-blue",
        "Config": {"User": "10001:10001", "Healthcheck": {"Test": ["CMD", "true"]}},
        "Mounts": [bind("/var/lib/slipway/apps/box/data")],
        "HostConfig": HOST | dict(host or {}),
    }
    return made | other


def bind(source: str, rw: bool = True, **other: object) -> Tree:
    return {"Type": "bind", "Source": source, "RW": rw, "Propagation": "rprivate"} | other


def mounted(source: str, rw: bool = True) -> Tree:
    return container(Mounts=[bind(source, rw)])


def found(one: Tree, engine: Tree = ENGINE) -> set[str]:
    return {failure["id"] for failure in containers.audit([one], engine)[2]}
