#!/bin/sh
# One process a request, so that slow ones do not hold up the others.
printf 'Content-Type: text/plain\r\n\r\n'
printf 'Hello from %s, version %s\n' "${HOSTNAME:-$(hostname)}" "$VERSION"
