"""The fields of the kinds that the examples use, by the API reference: a name that is not here is a slip of the pen
that the API server would refuse, or ignore."""

VERSIONS = {"Namespace": "v1", "ConfigMap": "v1", "Secret": "v1", "Service": "v1", "Deployment": "apps/v1",
            "NetworkPolicy": "networking.k8s.io/v1"}

# A dict: an object with these fields.  A list: a list of such.  A type, or several: a value.  "*": any names.
TEXTS = {"*": str}
PROBE = {"httpGet": {"path": str, "port": (str, int), "scheme": str}, "tcpSocket": {"port": (str, int)},
         "exec": {"command": [str]}, "initialDelaySeconds": int, "periodSeconds": int, "timeoutSeconds": int,
         "failureThreshold": int, "successThreshold": int}
HOOK = {"exec": {"command": [str]}, "httpGet": {"path": str, "port": (str, int)}, "sleep": {"seconds": int}}
REFERENCE = {"name": str, "key": str, "optional": bool}
CONTAINER = {
    "name": str, "image": str, "imagePullPolicy": str, "command": [str], "args": [str], "workingDir": str,
    "env": [{"name": str, "value": str, "valueFrom": {"secretKeyRef": REFERENCE, "configMapKeyRef": REFERENCE}}],
    "ports": [{"name": str, "containerPort": int, "protocol": str}],
    "startupProbe": PROBE, "readinessProbe": PROBE, "livenessProbe": PROBE,
    "lifecycle": {"preStop": HOOK, "postStart": HOOK}, "restartPolicy": str,
    "resources": {"requests": TEXTS, "limits": TEXTS},
    "securityContext": {"allowPrivilegeEscalation": bool, "readOnlyRootFilesystem": bool, "runAsNonRoot": bool,
                        "runAsUser": int, "runAsGroup": int, "capabilities": {"drop": [str], "add": [str]},
                        "seccompProfile": {"type": str}},
    "volumeMounts": [{"name": str, "mountPath": str, "readOnly": bool, "subPath": str}],
}
METADATA = {"name": str, "namespace": str, "labels": TEXTS, "annotations": TEXTS}
POD = {
    "initContainers": [CONTAINER], "containers": [CONTAINER], "terminationGracePeriodSeconds": int,
    "automountServiceAccountToken": bool, "serviceAccountName": str, "nodeSelector": TEXTS,
    "securityContext": {"runAsNonRoot": bool, "runAsUser": int, "runAsGroup": int, "fsGroup": int,
                        "seccompProfile": {"type": str}},
    "volumes": [{"name": str, "configMap": {"name": str, "optional": bool},
                 "secret": {"secretName": str, "optional": bool}, "emptyDir": {"sizeLimit": str, "medium": str}}],
}
LABELS = {"matchLabels": TEXTS}
PEERS = [{"podSelector": LABELS, "namespaceSelector": LABELS}]
POLICY_PORTS = [{"protocol": str, "port": (str, int)}]
KINDS = {
    "Namespace": {},
    "ConfigMap": {"data": TEXTS},
    "Secret": {"data": TEXTS, "stringData": TEXTS, "type": str},
    "Service": {"spec": {"selector": TEXTS, "type": str, "clusterIP": str,
                         "ports": [{"name": str, "port": int, "targetPort": (str, int), "protocol": str}]}},
    "Deployment": {"spec": {"replicas": int, "selector": LABELS, "strategy": {"type": str},
                            "template": {"metadata": METADATA, "spec": POD}}},
    "NetworkPolicy": {"spec": {"podSelector": LABELS, "policyTypes": [str],
                               "ingress": [{"from": PEERS, "ports": POLICY_PORTS}],
                               "egress": [{"to": PEERS, "ports": POLICY_PORTS}]}},
}
# What may not be missing, by the last part of the place.
NEEDED = {"containers": {"name", "image"}, "initContainers": {"name", "image"},
          "volumes": {"name"}, "volumeMounts": {"name", "mountPath"}, "httpGet": {"port"},
          "template": {"metadata", "spec"}, "env": {"name"}, "secretKeyRef": {"name", "key"}}
OF_SPEC = {**{f"{kind}.metadata": {"name"} for kind in KINDS}, "Service.spec": {"ports"},
           "Deployment.spec": {"selector", "template"}, "Deployment.spec.template.spec": {"containers"},
           "NetworkPolicy.spec": {"podSelector"}}


def faults(thing):
    kind = thing.get("kind")
    if kind not in KINDS:
        return [f"kind {kind!r} is not known"]
    found = []
    if thing.get("apiVersion") != VERSIONS[kind]:
        found.append(f"{kind}: apiVersion {thing.get('apiVersion')!r}, {VERSIONS[kind]} is expected")
    shape = {"apiVersion": str, "kind": str, "metadata": METADATA, **KINDS[kind]}
    return found + list(value_faults(thing, shape, kind))


def value_faults(value, shape, where):
    if isinstance(shape, dict):
        yield from object_faults(value, shape, where)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{where}: a list is expected"
            return
        for number, each in enumerate(value):
            yield from value_faults(each, shape[0], f"{where}[{number}]")
    # bool is an int for Python, and not for Kubernetes.
    elif not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        yield f"{where}: {value!r} is of the wrong type"


def object_faults(value, shape, where):
    if not isinstance(value, dict):
        yield f"{where}: an object is expected"
        return
    for name, each in value.items():
        if name not in shape and "*" not in shape:
            yield f"{where}.{name} is not known"
        else:
            yield from value_faults(each, shape.get(name, shape.get("*")), f"{where}.{name}")
    needed = OF_SPEC.get(where) or NEEDED.get(where.rsplit(".", 1)[-1].split("[")[0], set())
    for name in sorted(needed - value.keys()):
        yield f"{where}.{name} is missing"
