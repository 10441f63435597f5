# Computes neighbour lists from the log of the service once a day, and uploads them: the service `offline` of compose.yaml.
# Settings: those of the service, for `liverank export`; LIVERANK_TOKEN, the key of an admin; SERVICE_URL, the address of the
# service; WORK_DIR, a folder for temporary files; PAUSE_SECONDS, the time between two runs.

# The shell waits for a child in the background, so that it ends at once when it is told to.
trap 'kill $! 2>/dev/null; exit 0' TERM INT

export TMPDIR="$WORK_DIR"
log="$WORK_DIR/log"

run() {
  "$@" &
  wait $!
}

while :; do
  rm -rf "$log"
  # The service keeps the lists of the last run for a week, so a failed run is no reason to end.
  if run liverank export "$log" && run liverank offline "$log" --url "$SERVICE_URL"; then
    echo "The next run is in $PAUSE_SECONDS seconds."
  else
    echo "The run failed. The next run is in $PAUSE_SECONDS seconds." >&2
  fi
  rm -rf "$log"
  run sleep "$PAUSE_SECONDS"
done
