# The images of all roles. They differ in their command and probe alone and share every layer below.
#
#   docker build -f docker/posewarden.Dockerfile --target api -t posewarden/api .
#
# Targets: api, worker, camera. With --build-arg ENGINE=gpu, ONNX Runtime runs on CUDA: the CUDA 13
# and cuDNN 9 libraries come as wheels, so that the base stays the same and the host brings only the
# driver and NVIDIA's container toolkit.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
# OpenCV's wheel links against these. Nothing here draws, so Mesa's drivers and what only they need
# go again: a third of the image otherwise. Versions are not pinned, because Debian drops superseded
# ones from its archive and the next build would break.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
 && dpkg --purge --force-depends libgl1-mesa-dri libllvm15 libz3-4 libxml2 libicu72 \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 posewarden \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home \
    --shell /usr/sbin/nologin posewarden \
 && install --directory --owner 10001 --group 10001 /data

# From the image below `base`: where packages were purged by force, nothing can be installed.
FROM ${PYTHON_IMAGE} AS build
# cpu or gpu, an extra of pyproject.toml.
ARG ENGINE=cpu
WORKDIR /build
# The compiler is for the compiled flow; OpenCV, which fetching weights loads, links against the
# rest. All of it stays out of the images.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc libc6-dev libgl1 libglib2.0-0 \
 && rm -rf /var/lib/apt/lists/*
# The libraries before our code: a change of ours leaves their layer alone.
COPY pyproject.toml constraints.txt ./
RUN python -m venv /opt/posewarden \
 && python -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
extras = project['optional-dependencies']; \
print(*project['dependencies'], *extras['${ENGINE}'], *extras['otel'], *extras['notify'], sep='\n')" > wanted.txt \
 && /opt/posewarden/bin/pip install --no-cache-dir --only-binary :all: \
    --constraint constraints.txt --requirement wanted.txt
COPY . .
# posewarden-lab belongs to the workshop, which stays outside.
RUN /opt/posewarden/bin/pip install --no-cache-dir --no-deps . \
 && rm /opt/posewarden/bin/posewarden-lab

FROM build AS weights
# skip: leave them out; the site mounts a folder of its own at /models.
ARG WEIGHTS=pull
# BlazePose must be had. YOLOX-nano need not: without it people are found by motion; nor need lite.
RUN mkdir -p /pulled/models \
 && if [ "${WEIGHTS}" != skip ]; then \
      /opt/posewarden/bin/posewarden models pull --data /pulled \
      || test -f /pulled/models/pose_landmark_full.tflite; \
    fi

FROM build AS stripped
# A running site installs nothing.
RUN /opt/posewarden/bin/pip uninstall --yes pip setuptools

FROM base AS runtime
COPY --from=stripped /opt/posewarden /opt/posewarden
# The site's folder is where relative paths in site.yaml start.
WORKDIR /etc/posewarden
# `::` is every address of IPv4 and IPv6; where there is no IPv6, every one of IPv4.
ENV PATH=/opt/posewarden/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    POSEWARDEN_HOST=:: \
    POSEWARDEN_DATA=/data
USER 10001:10001
ENTRYPOINT ["posewarden"]

FROM runtime AS api
EXPOSE 8000
# By HTTPS where the site has tls.certificate, which is made for another name than 127.0.0.1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-ISc", "import ssl, urllib.request as web\ntry: web.urlopen('http://127.0.0.1:8000/readyz', timeout=4)\nexcept Exception: web.urlopen('https://127.0.0.1:8000/readyz', timeout=4, context=ssl._create_unverified_context())"]
CMD ["api", "--config", "/etc/posewarden/site.yaml"]

FROM runtime AS worker
EXPOSE 9102
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-ISc", "import urllib.request as web; web.urlopen('http://127.0.0.1:9102/metrics', timeout=4)"]
CMD ["worker", "--config", "/etc/posewarden/site.yaml"]

FROM runtime AS camera
COPY --from=weights /pulled/models /models
ENV POSEWARDEN_MODEL_FOLDERS='["/models"]'
EXPOSE 9101
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-ISc", "import urllib.request as web; web.urlopen('http://127.0.0.1:9101/metrics', timeout=4)"]
CMD ["camera", "--config", "/etc/posewarden/site.yaml"]
