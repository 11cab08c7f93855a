/**
 * A shell script that runs a program (its arguments) in the process group that it leads, and ends
 * with the program's exit code. SIGTERM is passed on to the program. When the worker is gone its end
 * of the pipe closes, and the whole group is killed: nobody is left to compute for.
 */
export const GUARD = `
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
( cat <&3 >/dev/null 2>&1; kill -KILL 0 ) &
watch=$!
exec 3<&-
trap 'kill -TERM $program 2>/dev/null' TERM
while :; do
  wait $program
  code=$?
  kill -0 $program 2>/dev/null || break
done
kill -KILL $watch 2>/dev/null
exit $code
`;
