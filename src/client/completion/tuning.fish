# Completion of the Model Tuning Agent for fish: the commands of `tuning`, and of `npm run` in its folder.
function __tuning_complete
    for line in (@ANSWER@ -- (commandline -opc) (commandline -ct | string collect --allow-empty) 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path (commandline -ct | string replace -r '^.*=' '')
        else
            echo $line
        end
    end
end

function __tuning_npm_here
    string match -q -- @ROOT@'/*' "$PWD/"; and string match -qr -- '^(run|run-script)$' (commandline -opc)[2..]
end

complete -c tuning -f -a '(__tuning_complete)'
complete -c npm -n __tuning_npm_here -f -a '(__tuning_complete)'
