# Everything that is not needed to serve stays in the first stage: pip, its cache, the build tools.
FROM debian:trixie-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv
WORKDIR /srv/ragwidget
COPY pyproject.toml constraints.txt ./
COPY ragwidget/__init__.py ragwidget/
# The code stays where it is, with its templates beside it; what it needs changes less often.
RUN python3 -m venv /opt/ragwidget \
    && /opt/ragwidget/bin/pip install --no-cache-dir -c constraints.txt -e '.[gevent,traces]' \
    && /opt/ragwidget/bin/pip uninstall -y pip \
    # of Amazon's services, only the storage and the ways to be let in
    && find /opt/ragwidget/lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name 's3*' ! -name 'sso*' ! -name 'sts' -exec rm -r {} +
COPY . .
RUN python3 -m compileall -q ragwidget migrations

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /var/lib/ragwidget --shell /usr/sbin/nologin ragwidget \
    && install -d -m 700 -o ragwidget /var/lib/ragwidget /var/lib/ragwidget/originals
COPY --from=build /opt/ragwidget /opt/ragwidget
COPY --from=build /srv/ragwidget /srv/ragwidget
ENV PATH=/opt/ragwidget/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    RAGWIDGET_HOST=0.0.0.0 \
    RAGWIDGET_INSTANCE=/var/lib/ragwidget
WORKDIR /srv/ragwidget
USER 10001
EXPOSE 8000
# The root file system may be read-only: /var/lib/ragwidget and /tmp are all that is written.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["ragwidget", "serve"]
