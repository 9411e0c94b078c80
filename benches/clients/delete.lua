-- Deletes one lead a request, another one each time. Arguments: the path, and a file with a lead a line.
local threads = 0

function setup(thread)
    thread:set("offset", threads)
    threads = threads + 1
end

function init(arguments)
    path, leads, sent = arguments[1], {}, 0
    for lead in io.lines(arguments[2]) do
        leads[#leads + 1] = lead
    end
    headers = {
        ["Authorization"] = "Bearer sandbox-account:sandbox-nlpearl-secret",
        ["Content-Type"] = "application/json",
    }
end

function request()
    sent = sent + 1
    local lead = leads[(sent + offset * 500000) % #leads + 1]
    return wrk.format("DELETE", path, headers, '{"leadIds":["' .. lead .. '"]}')
end
