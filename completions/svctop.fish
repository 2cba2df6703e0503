# fish completion of svctop

set -l commands check services tiers gaps incident show playbook deps history checklist config sources collect init themes demo bug-report
set -l none "not __fish_seen_subcommand_from $commands"
set -l filters "__fish_seen_subcommand_from check services tiers gaps incident history"
set -l checks owner security-bugs outages second-owner deploy-automation ci dev-setup uptime error-tracking log-retention backups tls on-call alerts metrics dedicated-db load-tested rolling-deploy playbooks slo resiliency failover load-tests-scheduled security-review

complete -c svctop -f -a '(__fish_complete_directories)'
complete -c svctop -n $none -a check -d 'Scan and print findings, for CI and cron'
complete -c svctop -n $none -a services -d 'The services, once'
complete -c svctop -n $none -a tiers -d 'How many services reach their tier'
complete -c svctop -n $none -a gaps -d 'Every outstanding gap'
complete -c svctop -n $none -a incident -d 'What burns, and what changed before it'
complete -c svctop -n $none -a show -d 'One service whole'
complete -c svctop -n $none -a playbook -d 'A playbook of a service'
complete -c svctop -n $none -a deps -d 'Which services use a package'
complete -c svctop -n $none -a history -d 'Gaps over time, and which commit opened and closed each'
complete -c svctop -n $none -a checklist -d 'Print the checklist, or check a file'
complete -c svctop -n $none -a config -d 'Print what is in force, or check a file'
complete -c svctop -n $none -a init -d 'Write a commented configuration'
complete -c svctop -n $none -a sources -d 'Ask each source once, say what it answered'
complete -c svctop -n $none -a collect -d 'Refresh without a screen, into the store'
complete -c svctop -n $none -a themes -d 'List the themes'
complete -c svctop -n $none -a demo -d 'The dashboard over a made-up fleet'
complete -c svctop -n $none -a bug-report -d 'Versions, sandbox, terminal and configuration'

complete -c svctop -l config -r -F -d 'Configuration file'
complete -c svctop -l read-only -d 'Take away keys that change anything'
complete -c svctop -l plain -d 'Linear text without borders'
complete -c svctop -l script -r -F -d 'Play keys from a file'
complete -c svctop -l checklist -r -F -d 'Checklist file'
complete -c svctop -l store -x -a none -d 'Where state is kept'
complete -c svctop -l format -x -a 'text json jsonl csv markdown' -d 'Output format'
complete -c svctop -n '__fish_seen_subcommand_from check' -l format -x -a 'sarif junit openmetrics'
complete -c svctop -l offline -d 'Ask no source'
complete -c svctop -l jobs -x -d 'Scanner processes'
complete -c svctop -l theme -r -a "(svctop themes --format csv 2>/dev/null | tail -n +2 | cut -d, -f1)" -d Theme
complete -c svctop -l ascii -d 'Only ASCII characters'
complete -c svctop -l color -x -a 'auto always never' -d 'When to use colours'
complete -c svctop -l utc -d 'Times in UTC'
complete -c svctop -l ref -x -d 'Revision to read instead of the default branch'
complete -c svctop -l at -x -a 'yesterday 1w 30d 90d 1y' -d 'As of then: a date, 2w (ago), a tag or a commit'
complete -c svctop -s v -l verbose -d 'Say more'
complete -c svctop -s q -l quiet -d 'Say less'
complete -c svctop -s h -l help -d Help
complete -c svctop -n $none -s V -l version -d Version

complete -c svctop -n $filters -l service -x -d 'Only these services'
complete -c svctop -n $filters -l tier -x -a '1 2 3 4' -d 'Only these tiers'
complete -c svctop -n $filters -l owner -x -d 'Only of these owners'
complete -c svctop -n $filters -l check -x -a "$checks" -d 'Only these items'
complete -c svctop -n '__fish_seen_subcommand_from check services tiers gaps incident' -l status -x -a 'pass gap unknown waived n/a' -d 'Only of this status'
complete -c svctop -n '__fish_seen_subcommand_from check' -l fail-on -x -a '1 2 3 4' -d 'Exit with 1 for gaps in this tier and above'
complete -c svctop -n '__fish_seen_subcommand_from playbook' -l name -x -d 'Which playbook'
complete -c svctop -n '__fish_seen_subcommand_from deps' -l version -x -d 'Range of versions'
complete -c svctop -n '__fish_seen_subcommand_from deps' -l drift -d 'How versions spread'
complete -c svctop -n '__fish_seen_subcommand_from history' -l since -x -a '1y 6mo 8w 30d' -d 'From then on'
complete -c svctop -n '__fish_seen_subcommand_from history' -l every -x -a '1d 1w 4w' -d 'Count so often'
complete -c svctop -n '__fish_seen_subcommand_from collect' -l once -d 'Refresh once and end, for cron'
complete -c svctop -n '__fish_seen_subcommand_from collect' -l every -x -a '30s 1m 5m' -d 'Look this often'
complete -c svctop -n '__fish_seen_subcommand_from collect' -l listen -x -a ':9469' -d 'Serve metrics there'
complete -c svctop -n '__fish_seen_subcommand_from config checklist' -l validate -r -F -d 'File to check'
