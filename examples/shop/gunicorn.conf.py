"""How gunicorn runs either release: one process, since each has a database of its own, with threads."""

worker_class = "gthread"  # the class that keeps connections alive and answers several at a time
workers = 1
threads = 8
keepalive = 95  # seconds, as behind a router that keeps its connections for 90

# Method, path, query, route (see shop/__init__.py), status, bytes, microseconds; driver/figures.py reads these lines.
access_log_format = "%(m)s\t%(U)s\t%(q)s\t%({x-route}o)s\t%(s)s\t%(B)s\t%(D)s"
