# bash completion of svctop

_svctop() {
	local cur prev words cword command=
	local commands='check services tiers gaps incident show playbook deps history checklist config sources collect init themes demo bug-report'
	local everywhere='--config --read-only --plain --script --checklist --store --format --offline
		--jobs --theme --ascii --color --utc --ref --at --verbose --quiet --help --version'
	local checks='owner security-bugs outages second-owner deploy-automation ci dev-setup uptime
		error-tracking log-retention backups tls on-call alerts metrics dedicated-db load-tested
		rolling-deploy playbooks slo resiliency failover load-tests-scheduled security-review'

	_init_completion -n = 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	}
	local i
	for ((i = 1; i < cword; i++)); do
		case " $commands " in *" ${words[i]} "*) command=${words[i]} && break ;; esac
	done

	case $prev in
	--format)
		local formats='text json jsonl csv markdown'
		[ "$command" != check ] || formats="$formats sarif junit openmetrics"
		COMPREPLY=($(compgen -W "$formats" -- "$cur"))
		return ;;
	--color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")) && return ;;
	--tier | --fail-on) COMPREPLY=($(compgen -W '1 2 3 4' -- "$cur")) && return ;;
	--status) COMPREPLY=($(compgen -W 'pass gap unknown waived n/a' -- "$cur")) && return ;;
	--check) COMPREPLY=($(compgen -W "$checks" -- "$cur")) && return ;;
	--theme) COMPREPLY=($(compgen -W "$(svctop themes --format csv 2>/dev/null | tail -n +2 | cut -d, -f1)" -- "$cur")) && return ;;
	--config | --checklist | --script | --validate) COMPREPLY=($(compgen -f -- "$cur")) && return ;;
	--store) COMPREPLY=($(compgen -W 'none' -- "$cur")) && return ;;
	--at) COMPREPLY=($(compgen -W 'yesterday 1w 30d 90d 1y' -- "$cur")) && return ;;
	--listen) COMPREPLY=($(compgen -W ':9469' -- "$cur")) && return ;;
	--since) COMPREPLY=($(compgen -W '1y 6mo 8w 30d' -- "$cur")) && return ;;
	--every) COMPREPLY=($(compgen -W '30s 1m 5m 1d 1w 4w' -- "$cur")) && return ;;
	--jobs | --service | --owner | --name | --version) return ;;
	esac

	case $cur in
	-*)
		local own=
		case $command in
		check) own='--service --tier --owner --check --status --fail-on' ;;
		services | tiers | gaps | incident) own='--service --tier --owner --check --status' ;;
		playbook) own='--name' ;;
		deps) own='--version --drift' ;;
		history) own='--since --every --service --tier --owner --check' ;;
		collect) own='--once --every --listen' ;;
		config | checklist) own='--validate' ;;
		esac
		COMPREPLY=($(compgen -W "$everywhere $own" -- "$cur"))
		;;
	*)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -d -- "$cur"))
		[ -n "$command" ] || COMPREPLY+=($(compgen -W "$commands" -- "$cur"))
		;;
	esac
}

complete -F _svctop svctop
