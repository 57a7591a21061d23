"""The rules that the Compose example keeps."""

import re

from .places import Places
from .settings import Refused, drain_seconds, seconds, settings, size

SERVICE_KEYS = {"build", "cap_drop", "command", "depends_on", "entrypoint", "environment", "healthcheck", "image",
                "network_mode", "networks", "ports", "profiles", "read_only", "restart", "security_opt",
                "stop_grace_period", "stop_signal", "tmpfs", "user", "volumes"}
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period", "disable"}
TOP_KEYS = {"name", "services", "networks", "volumes"}


def faults(project, root):
    top = {key for key in project if not key.startswith("x-")}
    for key in sorted(top - TOP_KEYS):
        yield f"{key} is not known"
    services = project["services"]
    for name, service in services.items():
        for fault in service_faults(project, service, root):
            yield f"{name}: {fault}"
    used = {each for service in services.values() for each in service.get("networks", [])}
    for name in sorted(used ^ project.get("networks", {}).keys()):
        yield f"network {name} is {'not there' if name in used else 'never used'}"
    used = {each.split(":")[0] for service in services.values() for each in service.get("volumes", [])}
    for name in sorted(used ^ project.get("volumes", {}).keys()):
        yield f"volume {name} is {'not there' if name in used else 'never used'}"
    yield from umbra_faults(project)


def service_faults(project, service, root):
    for key in sorted(service.keys() - SERVICE_KEYS):
        yield f"{key} is not known"
    for key in sorted(service.get("healthcheck", {}).keys() - HEALTH_KEYS):
        yield f"healthcheck.{key} is not known"
    if not re.search(r":(?!latest$)[\w.-]+$", service["image"]):
        yield f"image {service['image']} has no fixed version"
    build = service.get("build")
    if build and not (root / build["context"] / build["dockerfile"]).resolve().is_file():
        yield f"there is no {build['dockerfile']}"
    if service.get("read_only") is not True or service.get("cap_drop") != ["ALL"] \
            or service.get("security_opt") != ["no-new-privileges:true"]:
        yield "it is not locked down"
    for name, condition in service.get("depends_on", {}).items():
        other = project["services"].get(name)
        if other is None:
            yield f"there is no {name} to depend on"
        elif condition["condition"] == "service_healthy" and "healthcheck" not in other:
            yield f"{name} has no health check to wait for"
    command = service.get("command", [])
    if "--graceful-timeout" in command:
        needed = int(command[command.index("--graceful-timeout") + 1])
        if seconds(service.get("stop_grace_period", "10s")) <= needed:
            yield f"it may need {needed} s to stop"


def umbra_settings(project):
    command = project["services"]["umbra"]["command"]
    assert command[0] == "proxy", command
    return settings(command[1:])


def copies_to(project, found):
    """The services that umbra's shadows are."""
    hosts = [re.match(r"\w+://([\w.-]+)", value).group(1) for key, value in found.items() if key.endswith("].url")]
    return [host for host in hosts if host in project["services"]]


def umbra_faults(project):
    services = project["services"]
    umbra = services["umbra"]
    try:
        found = umbra_settings(project)
    except Refused as refused:
        yield f"umbra does not take its arguments: {refused}"
        return
    if seconds(umbra.get("stop_grace_period", "10s")) <= drain_seconds(found):
        yield f"umbra may need {drain_seconds(found)} s to stop"
    app = found["app"].rsplit(":", 1)[0]
    if app not in services:
        yield f"there is no service {app}"
        return
    if app not in umbra.get("depends_on", {}):
        yield "umbra must be stopped before the app"
    shadows = copies_to(project, found)
    if not shadows:
        yield "no shadow is a service"
    for name in shadows:
        if name in umbra["depends_on"]:
            yield "umbra must not depend on a shadow"
        if set(services[name]["networks"]) & set(services[app]["networks"]):
            yield f"{name} can reach the app"
        for network in services[name]["networks"]:
            if not (project["networks"][network] or {}).get("internal"):
                yield f"{name} has a way out"
        if not set(services[name]["networks"]) & set(umbra["networks"]):
            yield f"umbra cannot reach {name}"
    for name in (app, *shadows):
        if "ports" in services[name]:
            yield f"{name} publishes a port past umbra"
    published = {int(re.search(r":(\d+)$", each).group(1)) for each in umbra["ports"]}
    if published != {int(found["listen"].rsplit(":", 1)[1])}:
        yield "another port than umbra's is published"
    if size(found["mirror.memory"]) > 64 << 20:
        yield "much memory for an example"


def stop_order(project):
    """Waves: who depends on nobody's being there goes first."""
    left = dict(project["services"])
    left = {name: service for name, service in left.items() if "profiles" not in service}
    while left:
        needed = {name for service in left.values() for name in service.get("depends_on", {})}
        wave = [name for name in left if name not in needed]
        yield wave
        for name in wave:
            del left[name]


def places(ports, folder):
    """One for each service, with its own ports; everybody knows the others by name."""
    return {name: Places(own, ports, {"/run/umbra": folder}) for name, own in ports.items()}
