"""The Kubernetes examples keep the rules of lab/kubernetes.py, and each rule finds what breaks it."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import yaml

from lab import EXAMPLES
from lab.kubernetes import copied, faults, kustomize, named, umbra_of

FOLDER = EXAMPLES / "kubernetes"
TOKEN = {"admin-token": "0123456789abcdef0123456789abcdef\n"}
CLASSIC = {"deployment.yaml": "deployment-classic.yaml"}
VARIANTS = {"native": {}, "classic": CLASSIC}


def pod(objects, name="shop"):
    return named(objects, "Deployment", name)["spec"]["template"]


def umbra(objects):
    return umbra_of(pod(objects))


def app(objects):
    return next(each for each in pod(objects)["spec"]["containers"] if each["name"] == "shop")


def service(objects):
    return named(objects, "Service", "shop")["spec"]


def policy(objects, name="shop"):
    return named(objects, "NetworkPolicy", name)["spec"]


def config(objects):
    return named(objects, "ConfigMap", "umbra")["data"]


def swap(words, old, new):
    words[words.index(old)] = new


# (what is broken, how, what must be said of it); for both variants.
BROKEN = [
    ("kind", lambda o: o[1].update(kind="Deploymint"), "kind 'Deploymint' is not known"),
    ("apiVersion", lambda o: named(o, "Deployment", "shop").update(apiVersion="v1"), "apps/v1 is expected"),
    ("unknown field", lambda o: umbra(o).update(readinesProbe={}), "readinesProbe is not known"),
    ("wrong type", lambda o: named(o, "Deployment", "shop")["spec"].update(replicas="2"), "is of the wrong type"),
    ("a number in args", lambda o: app(o)["args"].append(5), "args[5]: 5 is of the wrong type"),
    ("missing field", lambda o: umbra(o)["volumeMounts"][0].pop("mountPath"), "mountPath is missing"),
    ("name", lambda o: named(o, "NetworkPolicy", "shop")["metadata"].update(name="Shop_1"),
     "is no DNS label"),
    ("twice", lambda o: o.append(copied(named(o, "Service", "shop"))), "is there twice"),
    ("selector", lambda o: pod(o)["metadata"]["labels"].update(app="shopp"), "its selector does not match"),
    ("service", lambda o: service(o)["selector"].update(app="shopp"), "Service shop selects no pod"),
    ("target port", lambda o: service(o)["ports"][0].update(targetPort=8081), "there is no port 8081"),
    ("past umbra", lambda o: service(o)["ports"][0].update(targetPort=9100), "goes past umbra"),
    ("policy's pods", lambda o: policy(o)["podSelector"]["matchLabels"].update(app="x"), "Policy shop selects no pod"),
    ("policy's port", lambda o: policy(o)["ingress"][0]["ports"][0].update(port=80), "there is no port 80"),
    ("open admin", lambda o: policy(o)["ingress"][1].pop("from"), "open to everybody"),
    ("nobody", lambda o: policy(o, "shop-next")["ingress"][0]["from"][0]["podSelector"]["matchLabels"].update(app="y"),
     "nobody is who may come in"),
    ("same container", lambda o: app(o).update(name="umbra"), "two containers are named umbra"),
    ("port's name", lambda o: umbra(o)["ports"][0].update(name="a-very-long-port-name"), "is no name of a port"),
    ("volume", lambda o: pod(o)["spec"]["volumes"].pop(), "volume tmp is not there"),
    ("unused volume", lambda o: app(o)["volumeMounts"].pop(), "volume tmp is never mounted"),
    ("no ConfigMap", lambda o: o.remove(named(o, "ConfigMap", "umbra")), "there is no ConfigMap umbra"),
    ("no Secret", lambda o: o.remove(named(o, "Secret", "umbra-admin")), "there is no Secret umbra-admin"),
    ("latest", lambda o: umbra(o).update(image="registry.example/umbra:latest"), "has no fixed version"),
    ("no tag", lambda o: app(o).update(image="registry.example:5000/shop"), "has no fixed version"),
    ("root", lambda o: pod(o)["spec"]["securityContext"].pop("runAsNonRoot"), "runAsNonRoot must be true"),
    ("user 0", lambda o: pod(o)["spec"]["securityContext"].update(runAsUser=0), "not root's"),
    ("writable", lambda o: umbra(o)["securityContext"].update(readOnlyRootFilesystem=False), "must be true"),
    ("escalation", lambda o: umbra(o)["securityContext"].pop("allowPrivilegeEscalation"), "must be false"),
    ("capabilities", lambda o: app(o)["securityContext"].pop("capabilities"), "capabilities must be dropped"),
    ("seccomp", lambda o: pod(o)["spec"]["securityContext"].pop("seccompProfile"), "must be RuntimeDefault"),
    ("no limit", lambda o: umbra(o)["resources"].pop("limits"), "and memory a limit"),
    ("small limit", lambda o: umbra(o)["resources"]["limits"].update(memory="48Mi"), "no room for mirror.memory"),
    ("probe's port", lambda o: umbra(o)["livenessProbe"]["httpGet"].update(port="metrics"), "no port metrics"),
    ("two actions", lambda o: app(o)["livenessProbe"].update(tcpSocket={"port": 1}), "exactly one action"),
    ("subPath", lambda o: umbra(o)["volumeMounts"][0].update(subPath="umbra.yaml"), "never renewed"),
    ("secret's key", lambda o: app(o).update(env=[{"name": "T", "valueFrom": {"secretKeyRef": {
        "name": "umbra-admin", "key": "tokken"}}}]), "Secret umbra-admin has no key tokken"),
    ("unknown flag", lambda o: umbra(o)["args"].append("--shadwo=x"), "does not take its arguments"),
    ("bad configuration", lambda o: config(o).update({"umbra.yaml": "shadow: []"}), "does not take its arguments"),
    ("short token", lambda o: named(o, "Secret", "umbra-admin")["stringData"].update(token="replace-me"),
     "does not take its arguments"),
    ("listens elsewhere", lambda o: swap(umbra(o)["args"], "--listen=:8080", "--listen=:8081"), "not its port http"),
    ("admin on loopback", lambda o: swap(umbra(o)["args"], "--admin=[::]:9100", "--admin=:9100"), "cannot reach"),
    ("liveness", lambda o: umbra(o)["livenessProbe"]["httpGet"].update(path="/readyz"), "must ask /healthz"),
    ("readiness", lambda o: umbra(o)["readinessProbe"]["httpGet"].update(path="/healthz"), "must ask /readyz"),
    ("umbra's hook", lambda o: umbra(o).update(lifecycle={"preStop": {"sleep": {"seconds": 5}}}), "delays its SIGTERM"),
    ("short grace", lambda o: pod(o)["spec"].update(terminationGracePeriodSeconds=40), "is too short"),
]
BROKEN_NATIVE = [
    ("startup by readyz", lambda o: umbra(o)["startupProbe"]["httpGet"].update(path="/readyz"), "which waits for it"),
    ("no startup probe", lambda o: umbra(o).pop("startupProbe"), "may start before umbra listens"),
    ("no sleep", lambda o: app(o).pop("lifecycle"), "before Services have forgotten"),
    ("name of a sidecar's port", lambda o: service(o)["ports"][0].update(targetPort="http"), "there is no port http"),
    ("no sidecar", lambda o: umbra(o).update(restartPolicy="Never"), "is no sidecar"),
]
BROKEN_CLASSIC = [
    ("short sleep", lambda o: app(o)["lifecycle"]["preStop"]["exec"].update(command=["sleep", "30"]), "waits 30 s"),
    ("long drain", lambda o: swap(umbra(o)["args"], "--drain-timeout=25s", "--drain-timeout=40s"), "umbra may need 53"),
]


class Rules(unittest.TestCase):
    def faults(self, objects):
        with tempfile.TemporaryDirectory() as folder:
            return faults(objects, pathlib.Path(folder))

    def test_the_examples_keep_them(self):
        for name, replaced in VARIANTS.items():
            with self.subTest(name):
                self.assertEqual(self.faults(kustomize(FOLDER, TOKEN, replaced)), [])

    def test_each_finds_what_breaks_it(self):
        rows = [("native", row) for row in BROKEN + BROKEN_NATIVE] + [("classic", row) for row in BROKEN_CLASSIC]
        for variant, (what, breaks, said) in rows:
            with self.subTest(what, variant=variant):
                objects = kustomize(FOLDER, TOKEN, VARIANTS[variant])
                objects = yaml.safe_load(yaml.safe_dump(objects))  # anchors are the same object in two places
                breaks(objects)
                self.assertIn(said, "\n".join(self.faults(objects)))

    def test_kubectl_makes_the_same_objects(self):
        if not shutil.which("kubectl"):
            self.skipTest("there is no kubectl here")
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder) / "kubernetes"
            shutil.copytree(FOLDER, here)
            (here / "admin-token").write_text(TOKEN["admin-token"])
            try:
                done = subprocess.run(["kubectl", "kustomize", str(here)], capture_output=True, text=True, timeout=15,
                                      env={**os.environ, "HOME": folder, "KUBECONFIG": os.devnull})
            except subprocess.TimeoutExpired:
                self.skipTest("kubectl does not answer; some of them look for a cluster first")
        self.assertEqual(done.returncode, 0, done.stderr)
        made = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(done.stdout)}
        for each in kustomize(FOLDER, TOKEN):
            if each["kind"] == "Secret":
                continue  # base64 there
            self.assertEqual(made.pop((each["kind"], each["metadata"]["name"])), each)
        self.assertEqual(list(made), [("Secret", "umbra-admin")])


if __name__ == "__main__":
    unittest.main()
