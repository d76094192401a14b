"""How gunicorn serves us: read by `ragwidget serve`, the demonstration and the container alike."""

from ragwidget import serving
from ragwidget.config import load
from ragwidget.serving import leaving, listeners

settings = load(SECRET_KEY="")  # whose absence is said where the app is made

wsgi_app = "wsgi:app"
bind = serving.address(settings)
worker_class = serving.WORKER_CLASSES[settings["WORKER_CLASS"]]
workers = settings["WORKERS"]
threads = settings["THREADS"]
worker_connections = 2 * max(1000, threads, settings["MAX_STREAMS"])  # most of them idle
backlog = 2048

timeout = 60  # a process that gives no sign for so long is killed
graceful_timeout = settings["GRACE_SECONDS"] + serving.LAST_WORDS_SECONDS
# A proxy keeps its connections for later, and must be the one who closes them; a stranger's
# would only be in the way.
keepalive = 75 if settings["TRUSTED_PROXIES"] else 5

preload_app = False  # so that SIGHUP brings new code, and gevent comes before everything else
control_socket_disable = True
# Of the way to us only ProxyFix believes anything, and as much as RAGWIDGET_TRUSTED_PROXIES says.
forwarder_headers = ""
secure_scheme_headers = {}
accesslog = None  # requests are logged by the app
loglevel = "warning"

on_starting = listeners.open_one_per_worker
pre_fork = listeners.assign
post_fork = listeners.let_go_of_the_others
post_worker_init = serving.begin
worker_exit = leaving.end
