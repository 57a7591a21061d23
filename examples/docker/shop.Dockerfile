# The example shop as an image: the app, and with the other application object its next release, the shadow.
#   docker build -f examples/docker/shop.Dockerfile -t umbra-example/shop:0.1.0 .

ARG DEBIAN=bookworm-20251229-slim

FROM debian:${DEBIAN}
# curl is for its health check.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends curl gunicorn python3-flask \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /shop
COPY examples/shop/gunicorn.conf.py ./
COPY examples/shop/shop shop
ENV PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
STOPSIGNAL SIGTERM
# What orchestrators ask for is in their files; this is for `docker run`.
HEALTHCHECK --interval=10s --timeout=3s CMD ["curl", "-fsS", "http://127.0.0.1:5000/healthz"]
ENTRYPOINT ["/usr/bin/python3", "-m", "gunicorn", "--config", "gunicorn.conf.py", "--access-logfile", "-"]
CMD ["--bind", "0.0.0.0:5000", "shop:create_app()"]
