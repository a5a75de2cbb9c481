# Debian's slim image, not Alpine: some of the wheels below exist for glibc only.
FROM python:3.12-slim AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/minstrel
WORKDIR /src

# The lock changes rarely, so this layer is kept from build to build.
COPY requirements/run.lock requirements/run.lock
RUN /opt/minstrel/bin/python -m pip install --require-hashes -r requirements/run.lock

COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY cogs ./cogs
COPY sandbox ./sandbox
RUN /opt/minstrel/bin/python -m pip install --no-deps --no-build-isolation .


FROM python:3.12-slim

# Fixed numbers, so that the owner of the volume's files is known on the host.
RUN groupadd --gid 10001 minstrel \
    && useradd --uid 10001 --gid minstrel --no-create-home --home-dir /data --shell /usr/sbin/nologin minstrel \
    && install -d -o minstrel -g minstrel /data
COPY --from=build /opt/minstrel /opt/minstrel

ENV PATH="/opt/minstrel/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    MINSTREL_DATA_DIR=/data \
    MINSTREL_HEALTH_PORT=8421
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"MINSTREL_HEALTH_PORT\"]}/livez', timeout=4)"]

ENTRYPOINT ["minstrel"]
CMD ["run"]
