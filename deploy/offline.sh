# Computes neighbour lists from the log of the service once a day, and uploads them: the service `offline` of compose.yaml.
# Settings: those of the service, for `liverank export`; LIVERANK_TOKEN, the key of an admin; SERVICE_URL, the address of the
# service; WORK_DIR, a folder for temporary files alone; PAUSE_SECONDS, the time between two runs; RETRY_SECONDS, the time after a
# run that failed, an hour if unset.

# Copies of the log would outlive the erasure of a person in the log itself.
clean() {
  find "$WORK_DIR" -mindepth 1 -delete
}

stop() {
  trap '' TERM INT
  # It may write until it ends, and misses a signal that comes before it runs the command that it was started for.
  while kill $! 2>/dev/null; do
    sleep 0.1
  done
  wait $!
  clean
  exit 0
}

# The shell waits for a child in the background, so that it stops at once when it is told to.
trap stop TERM INT

export TMPDIR="$WORK_DIR"
log="$WORK_DIR/log"

run() {
  "$@" &
  wait $!
}

while :; do
  clean
  # The service keeps the lists of the last run for a week, so a failed run is no reason to end.
  if run liverank export "$log" && run liverank offline "$log" --url "$SERVICE_URL"; then
    pause="$PAUSE_SECONDS"
    echo "The next run is in $pause seconds."
  else
    pause="${RETRY_SECONDS:-3600}"
    echo "The run failed. The next run is in $pause seconds." >&2
  fi
  clean
  run sleep "$pause"
done
