"""Declares a Deployment over gRPC, waits until it runs, and asks why it does: a client generated from proto/."""

import argparse
import base64
import sys

import grpc
import yaml
from reckon.api.apps.v1 import deployment_pb2
from reckon.v1 import api_pb2, api_pb2_grpc, object_pb2

DEPLOYMENTS = api_pb2.Resource(group="apps", resource="deployments")
PODS = api_pb2.Resource(resource="pods")
NAME, NAMESPACE = "from-python", "default"
DEADLINE_S = 60


def connect(kubeconfig, server):
    """A channel with the certificate of the kubeconfig's user, to the gRPC door that it names."""
    with open(kubeconfig, encoding="utf-8") as file:
        config = yaml.safe_load(file)
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    data = lambda part, name: base64.b64decode(part[name])
    credentials = grpc.ssl_channel_credentials(
        data(cluster, "certificate-authority-data"),
        data(user, "client-key-data"),
        data(user, "client-certificate-data"),
    )
    doors = [one["extension"]["server"] for one in cluster.get("extensions", []) if one["name"] == "reckon.dev/grpc"]
    if not (server or doors):
        sys.exit(f"{kubeconfig} does not say where the gRPC door is: --server HOST:PORT does")
    return grpc.secure_channel(server or doors[0], credentials)


def deployment(replicas):
    wanted = deployment_pb2.Deployment()
    wanted.metadata.name = NAME
    wanted.spec.replicas = replicas
    wanted.spec.selector.match_labels["app"] = NAME
    wanted.spec.template.metadata.labels["app"] = NAME
    wanted.spec.template.spec.containers.add(
        name="main", image="busybox", image_pull_policy="IfNotPresent", command=["sleep", "infinity"]
    )
    return wanted


def running(api, replicas):
    """Follows the pods from now on; returns one of them once so many run."""
    phases = {}
    pods = api.Watch(
        api_pb2.WatchRequest(resource=PODS, namespace=NAMESPACE, label_selector=f"app={NAME}"), timeout=DEADLINE_S
    )
    for answer in pods:
        for event in answer.events:
            pod = event.object.pod
            if event.type == api_pb2.WATCH_EVENT_TYPE_DELETED:
                phases.pop(pod.metadata.name, None)
            elif event.type != api_pb2.WATCH_EVENT_TYPE_BOOKMARK:
                phases[pod.metadata.name] = pod.status.phase
                print(f"  {event.revision}  {pod.metadata.name}  {pod.status.phase}")
        up = [name for name, phase in phases.items() if phase == "Running"]
        if len(up) >= replicas:
            pods.cancel()
            return up[0]
    raise RuntimeError("the watch ended before the pods ran")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kubeconfig", default="/var/lib/reckon/kubeconfig")
    options.add_argument("--server", help="HOST:PORT of the gRPC door, if the kubeconfig does not say it")
    args = options.parse_args()
    with connect(args.kubeconfig, args.server) as channel:
        api = api_pb2_grpc.ApiStub(channel)
        wanted = object_pb2.Object(deployment=deployment(replicas=2))
        request = api_pb2.CreateRequest(resource=DEPLOYMENTS, namespace=NAMESPACE, object=wanted)
        made = api.Create(request, timeout=DEADLINE_S).object.deployment
        print(f"created deployment {made.metadata.name} at revision {made.metadata.resource_version}")
        pod = running(api, replicas=2)
        print(f"why does {pod} run?")
        history = api_pb2.HistoryRequest(resource=PODS, namespace=NAMESPACE, name=pod)
        for answer in api.History(history, timeout=DEADLINE_S):
            for record in answer.records:
                print(f"  {record.revision}  {record.actor}  {record.operation}  <- {record.cause}  {record.because}")
        goes = api_pb2.DeleteRequest(resource=DEPLOYMENTS, namespace=NAMESPACE, name=NAME)
        api.Delete(goes, timeout=DEADLINE_S)
        print(f"deleted deployment {NAME}")


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
