#!/bin/bash
# The 24 questions asked with the git command line, as a script on cron would: one listing of
# the tree, a grep over it for what a path answers, `git grep` for what a line answers, `git
# log` for who works on it. git-loop.sh ROOT [MAX [WEEKS]]. Prints one line a repository; with
# WEEKS, one a repository and week, of the commit that the branch was at then.
set -u

root=$1
max=${2:-1000000}
weeks=${3:-0}
rev=HEAD
export GIT_OPTIONAL_LOCKS=0

line() { # pattern, pathspec...
	local pattern=$1
	shift
	git -C "$repo" grep -qIE "$pattern" "$rev" -- "$@" 2>/dev/null && found="$found 1" || found="$found 0"
}

path() { # pattern
	grep -qE "$1" <<<"$tree" && found="$found 1" || found="$found 0"
}

ask() { # of $repo at $rev
	found=
	tree=$(git -C "$repo" ls-tree -r --name-only "$rev")
	line 'owners?:' service.yml catalog-info.yaml .github/CODEOWNERS         # owner
	path '^\.github/dependabot\.yml$|(^|/)renovate\.json5?$'                  # security-bugs
	path '(^|/)postmortems?/'                                                 # outages
	git -C "$repo" log --since="$since" --format=%aE "$rev" | sort | uniq -c |
		awk '$1 >= 3 { n++ } END { exit n < 2 }' && found="$found 1" || found="$found 0"
	line 'environment: *production' .github/workflows                         # deploy-automation
	line 'make (test|check)|go test|rspec|pytest|npm (run )?test' .github/workflows
	line 'test:' dev.yml                                                      # dev-setup
	line 'kind: Probe' 'k8s/**' 'monitoring/**'                               # uptime
	line 'sentry|bugsnag' go.mod Gemfile.lock package.json                    # error-tracking
	line 'retention_in_days|retention_period' '*.tf' 'k8s/**'                 # log-retention
	line 'backup_retention_period|kind: Schedule' '*.tf' 'k8s/**'             # backups
	line '^ *tls:' 'k8s/**' 'charts/**'                                       # tls
	line 'oncall_url|pagerduty' service.yml catalog-info.yaml                 # on-call
	line 'alert:' 'k8s/**' 'monitoring/**'                                    # alerts
	line 'client_golang|prom-client|prometheus' go.mod package.json           # metrics
	line 'db_name|production:' '*.tf' config/database.yml                     # dedicated-db
	line "k6/http" 'load/**' 'k6/**'                                          # load-tested
	line 'readinessProbe' 'k8s/**' 'charts/**'                                # rolling-deploy
	path '^docs/(runbooks|playbooks)/.*\.md$'                                 # playbooks
	line 'objective:|kind: SLO' 'slo*' 'k8s/**'                               # slo
	line 'gobreaker|semian|resilience4j' go.mod Gemfile.lock pom.xml          # resiliency
	path '^docs/dr-'                                                          # failover
	line 'cron:' .github/workflows                                            # load-tests-scheduled
	path '^docs/security-review'                                              # security-review
	echo "$(git -C "$repo" rev-parse "$rev") $repo$found"
}

now=$(date +%s)
find "$root" -name .git -type d -prune | sort | head -n "$max" | while read -r git; do
	repo=${git%/.git}
	for week in $(seq "$weeks" -1 0); do
		at=$((now - week * 7 * 86400))
		since=@$((at - 365 * 86400))
		if [ "$week" -gt 0 ]; then
			rev=$(git -C "$repo" rev-list -1 --first-parent --before=@$at HEAD)
			[ -n "$rev" ] || continue
		else
			rev=HEAD
		fi
		ask
	done
done
