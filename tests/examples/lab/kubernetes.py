"""Kubernetes objects from files, as `kubectl kustomize` makes them, and the rules that the examples' objects keep."""

import copy
import re

import yaml

from . import kubernetes_fields
from .settings import Refused, drain_seconds, settings, size

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
MEMORY = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
ROOM = 32 << 20  # what umbra needs beside mirror.memory, as umbra.yaml says


def documents(path):
    return [each for each in yaml.safe_load_all(path.read_text()) if each is not None]


def kustomize(folder, secrets, replaced=None):
    """The objects of kustomization.yaml. `secrets`: files that are not in the tree. `replaced`: other resources."""
    kustomization = documents(folder / "kustomization.yaml")[0]

    def content(name):
        return secrets[name] if name in secrets else (folder / name).read_text()

    def data(generator):
        pairs = [(entry.split("=", 1) if "=" in entry else (entry, entry)) for entry in generator["files"]]
        return {key: content(name) for key, name in pairs}

    objects = []
    for resource in kustomization["resources"]:
        objects += documents(folder / (replaced or {}).get(resource, resource))
    for generator in kustomization.get("configMapGenerator", []):
        objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]},
                        "data": data(generator)})
    for generator in kustomization.get("secretGenerator", []):
        objects.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": generator["name"]},
                        "stringData": data(generator)})
    for each in objects:
        if each["kind"] != "Namespace":
            each["metadata"]["namespace"] = kustomization["namespace"]
    return objects


def of_kind(objects, kind):
    return [each for each in objects if each["kind"] == kind]


def named(objects, kind, name):
    return next((each for each in of_kind(objects, kind) if each["metadata"]["name"] == name), None)


def pods(objects):
    """(Deployment's name, its pod template) of each."""
    return [(each["metadata"]["name"], each["spec"]["template"]) for each in of_kind(objects, "Deployment")]


def containers(pod):
    return pod["spec"].get("initContainers", []) + pod["spec"]["containers"]


def is_sidecar(pod, container):
    return container in pod["spec"].get("initContainers", []) and container.get("restartPolicy") == "Always"


def is_umbra(container):
    return container["image"].rsplit("/", 1)[-1].startswith("umbra:")


def umbra_of(pod):
    return next((each for each in containers(pod) if is_umbra(each)), None)


def mounted_files(objects, pod, container):
    """{path: text} of the files that ConfigMaps and Secrets put into the container."""
    volumes = {each["name"]: each for each in pod["spec"].get("volumes", [])}
    files = {}
    for mount in container.get("volumeMounts", []):
        volume = volumes.get(mount["name"], {})
        source = None
        if "configMap" in volume:
            source = named(objects, "ConfigMap", volume["configMap"]["name"])
        elif "secret" in volume:
            source = named(objects, "Secret", volume["secret"]["secretName"])
        for key, text in ((source or {}).get("data") or (source or {}).get("stringData") or {}).items():
            files[f"{mount['mountPath']}/{key}"] = text
    return files


def selected(objects, selector):
    return [template for _, template in pods(objects) if selector.items() <= template["metadata"]["labels"].items()]


def pod_ports(pod):
    return {port["containerPort"] for each in containers(pod) for port in each.get("ports", [])}


def pre_stop_seconds(container):
    hook = container.get("lifecycle", {}).get("preStop", {})
    if "sleep" in hook:
        return hook["sleep"]["seconds"]
    command = hook.get("exec", {}).get("command", [])
    return int(command[1]) if command[:1] == ["sleep"] else 0


def own_stop_seconds(container):
    """How long the shop may take after its SIGTERM."""
    words = container.get("args", [])
    return int(words[words.index("--graceful-timeout") + 1]) if "--graceful-timeout" in words else 30


def bytes_of(quantity):
    return int(quantity[:-2]) * MEMORY[quantity[-2:]]


def faults(objects, folder):
    """A sentence for each fault. `folder`: where files that are mounted can be written for umbra to read."""
    found = []
    seen = set()
    for each in objects:
        found += kubernetes_fields.faults(each)
        key = (each["kind"], each["metadata"]["name"])
        if key in seen:
            found.append(f"{key} is there twice")
        seen.add(key)
        if not DNS_LABEL.fullmatch(each["metadata"]["name"]):
            found.append(f"{each['metadata']['name']!r} is no DNS label")
    if found:
        return found  # the other rules need objects of the right shape
    for each in of_kind(objects, "Deployment"):
        selector = each["spec"]["selector"]["matchLabels"]
        if not selector.items() <= each["spec"]["template"]["metadata"]["labels"].items():
            found.append(f"{each['metadata']['name']}: its selector does not match its pods")
    for name, pod in pods(objects):
        for fault in pod_faults(objects, pod, folder):
            found.append(f"{name}: {fault}")
    for each in of_kind(objects, "Service"):
        found += service_faults(objects, each)
    for each in of_kind(objects, "NetworkPolicy"):
        found += policy_faults(objects, each)
    return found


def service_faults(objects, service):
    name = service["metadata"]["name"]
    chosen = selected(objects, service["spec"]["selector"])
    if not chosen:
        yield f"Service {name} selects no pod"
    for pod in chosen:
        # A name is looked up among plain containers only, for the sake of older clusters.
        by_name = {port.get("name") for each in pod["spec"]["containers"] for port in each.get("ports", [])}
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            if target not in pod_ports(pod) and target not in by_name:
                yield f"Service {name}: there is no port {target}"
            umbra = umbra_of(pod)
            if umbra and target not in {each["containerPort"] for each in umbra["ports"] if each["name"] == "http"}:
                yield f"Service {name}: port {target} goes past umbra, or to its admin port"


def policy_faults(objects, policy):
    name = policy["metadata"]["name"]
    chosen = selected(objects, policy["spec"]["podSelector"].get("matchLabels", {}))
    if not chosen:
        yield f"NetworkPolicy {name} selects no pod"
    for rule in policy["spec"].get("ingress", []):
        for source in rule.get("from", []):
            if "podSelector" in source and not selected(objects, source["podSelector"]["matchLabels"]):
                yield f"NetworkPolicy {name}: nobody is who may come in"
        for port in rule.get("ports", []):
            if any(port["port"] not in pod_ports(pod) for pod in chosen):
                yield f"NetworkPolicy {name}: there is no port {port['port']}"
            admin = {each["containerPort"] for pod in chosen if umbra_of(pod) for each in umbra_of(pod)["ports"]
                     if each["name"] == "admin"}
            if port["port"] in admin and not rule.get("from"):
                yield f"NetworkPolicy {name}: the admin port is open to everybody"


def pod_faults(objects, pod, folder):
    names = [each["name"] for each in containers(pod)]
    ports = [port["name"] for each in containers(pod) for port in each.get("ports", [])]
    for what, all_of_them, shape in (("container", names, DNS_LABEL), ("port", ports, PORT_NAME)):
        for name in all_of_them:
            if all_of_them.count(name) > 1:
                yield f"two {what}s are named {name}"
            if not shape.fullmatch(name):
                yield f"{name!r} is no name of a {what}"
    volumes = [each["name"] for each in pod["spec"].get("volumes", [])]
    mounts = [mount["name"] for each in containers(pod) for mount in each.get("volumeMounts", [])]
    for name in set(volumes) ^ set(mounts):
        yield f"volume {name} is {'never mounted' if name in volumes else 'not there'}"
    for volume in pod["spec"].get("volumes", []):
        for kind, key, name_key in (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")):
            if key in volume and named(objects, kind, volume[key][name_key]) is None:
                yield f"there is no {kind} {volume[key][name_key]}"
    for each in pod["spec"].get("initContainers", []):
        if not is_sidecar(pod, each):
            yield f"{each['name']} is no sidecar: the others wait for its end"
    for each in containers(pod):
        for fault in container_faults(objects, pod, each):
            yield f"{each['name']}: {fault}"
    umbra = umbra_of(pod)
    if umbra:
        yield from umbra_faults(objects, pod, umbra, folder)


def container_faults(objects, pod, container):
    if not re.search(r":(?!latest$)[\w.-]+$|@sha256:[0-9a-f]{64}$", container["image"]):
        yield f"image {container['image']} has no fixed version"
    yield from security_faults(pod, container)
    resources = container.get("resources", {})
    if "memory" not in resources.get("limits", {}) or not {"cpu", "memory"} <= resources.get("requests", {}).keys():
        yield "memory and CPU need requests, and memory a limit"
    own_ports = {key for port in container.get("ports", []) for key in (port["name"], port["containerPort"])}
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = container.get(name, {})
        if sum(action in probe for action in ("httpGet", "tcpSocket", "exec", "grpc")) != (1 if probe else 0):
            yield f"{name}: exactly one action is expected"
        for action in ("httpGet", "tcpSocket"):
            if action in probe and probe[action]["port"] not in own_ports:
                yield f"{name}: there is no port {probe[action]['port']}"
    for mount in container.get("volumeMounts", []):
        if "subPath" in mount:
            yield f"{mount['mountPath']} is mounted by subPath, which is never renewed"
        if not mount["mountPath"].startswith("/"):
            yield f"{mount['mountPath']} is no absolute path"
    for variable in container.get("env", []):
        for kind, key in (("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")):
            reference = variable.get("valueFrom", {}).get(key)
            if reference and not reference.get("optional"):
                source = named(objects, kind, reference["name"]) or {}
                if reference["key"] not in {**source.get("data", {}), **source.get("stringData", {})}:
                    yield f"{variable['name']}: {kind} {reference['name']} has no key {reference['key']}"


def security_faults(pod, container):
    of_pod, own = pod["spec"].get("securityContext", {}), container.get("securityContext", {})
    both = {**of_pod, **own}
    wanted = [("runAsNonRoot", True), ("readOnlyRootFilesystem", True), ("allowPrivilegeEscalation", False)]
    for key, value in wanted:
        if both.get(key) is not value:
            yield f"{key} must be {str(value).lower()}"
    if not isinstance(both.get("runAsUser"), int) or both["runAsUser"] == 0:
        yield "runAsUser must be a number, and not root's"
    if both.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "all capabilities must be dropped"
    if both.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "seccompProfile must be RuntimeDefault"


def umbra_settings(objects, pod, container, folder):
    """By the very arguments of the container; files that are mounted are written below `folder`."""
    words = list(container["args"])
    assert words[0] == "proxy", words
    for path, text in mounted_files(objects, pod, container).items():
        here = folder / path.lstrip("/").replace("/", "_")
        here.write_text(text)
        here.chmod(0o600)
        words = [word.replace(path, str(here)) for word in words]
    return settings(words[1:])


def umbra_faults(objects, pod, umbra, folder):
    try:
        found = umbra_settings(objects, pod, umbra, folder)
    except Refused as refused:
        yield f"umbra does not take its arguments: {refused}"
        return
    declared = {port["name"]: port["containerPort"] for port in umbra["ports"]}
    for key, name in (("listen", "http"), ("admin.listen", "admin")):
        if int(found[key].rsplit(":", 1)[1]) != declared.get(name):
            yield f"umbra listens on {found[key]}, which is not its port {name}"
    if not found["admin.listen"].startswith("[::]:"):
        yield "probes cannot reach the admin port"
    if bytes_of(umbra["resources"].get("limits", {}).get("memory", "0Mi")) < size(found["mirror.memory"]) + ROOM:
        yield "its limit has no room for mirror.memory"
    if umbra.get("startupProbe", {}).get("httpGet", {}).get("path") == "/readyz":
        yield "a startup probe by /readyz waits for the app, which waits for it"
    if umbra.get("livenessProbe", {}).get("httpGet", {}).get("path") != "/healthz":
        yield "liveness must ask /healthz"
    if umbra.get("readinessProbe", {}).get("httpGet", {}).get("path") != "/readyz":
        yield "readiness must ask /readyz"
    if "lifecycle" in umbra:
        yield "a hook of umbra's delays its SIGTERM"
    yield from grace_faults(pod, umbra, drain_seconds(found))


def grace_faults(pod, umbra, drain):
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    app = next(each for each in pod["spec"]["containers"] if each is not umbra)
    waits, stops = pre_stop_seconds(app), own_stop_seconds(app)
    if is_sidecar(pod, umbra):
        if "startupProbe" not in umbra:
            yield "without a startup probe the app may start before umbra listens"
        if waits < 5:
            yield "without a sleep the app goes before Services have forgotten the pod"
        if grace <= waits + stops + drain:
            yield f"the grace of {grace} s is too short for {waits} + {stops} + {drain} s"
    else:
        if waits < drain:
            yield f"the app waits {waits} s, umbra may need {drain} s"
        if grace <= waits + stops or grace <= drain:
            yield f"the grace of {grace} s is too short for {waits} + {stops} s"


def copied(objects):
    return copy.deepcopy(objects)
