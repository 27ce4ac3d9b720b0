# What the gateway does to mail that comes in.

fault subject-tagged 'The gateway tags the subject of inbound mail with [EXTERNAL]'
fault_subject-tagged() { on_the_way in '/^Subject: (.*)/ REPLACE Subject: [EXTERNAL] $1'; }

fault banner-prepended 'The gateway puts a warning above the text of inbound mail'
fault_banner-prepended() { filtered in banner; }

fault links-rewritten 'The gateway leads links of inbound mail through its own check'
fault_links-rewritten() {
    text_on_the_way in 'if !/urlz\.hes\.trendmicro/'
    text_on_the_way in '/^(.*)https?:\/\/([^ <>"]+)(.*)$/ REPLACE ${1}https://urlz.hes.trendmicro.com/?u=${2}${3}'
    text_on_the_way in 'endif'
}

fault attachment-stripped 'The gateway removes archives that are attached to inbound mail'
fault_attachment-stripped() { filtered in strip; }

fault message-id-rewritten 'The gateway gives inbound mail a Message-ID of its own'
fault_message-id-rewritten() { on_the_way in '/^Message-I[Dd]: <([^@>]*)(@[^>]*)?>/ REPLACE Message-ID: <$1@rewritten.hes.trendmicro.com>'; }

fault body-reencoded 'The gateway encodes the text of inbound mail anew, as base64'
fault_body-reencoded() { filtered in reencode; }

fault charset-lost 'The gateway calls the text of inbound mail Latin-1, which it is not'
fault_charset-lost() { on_the_way in '/^(Content-Type: text\/.*charset=)"?utf-8"?(.*)$/ REPLACE ${1}iso-8859-1${2}'; }


fault clock-wrong 'The gateway believes to be in India: its time stamps are 5:30 hours early'
fault_clock-wrong() {
    local way
    for way in in relay; do
        on_the_way $way '/^(Received: .*by (in|relay)\.hes\.trendmicro\.com .*) \+0000 \(UTC\)$/ REPLACE $1 +0530 (IST)'
    done
}

fault results-forged 'The gateway adds results in the name of mx.example.org, which lets them stand'
fault_results-forged() {
    on_the_way relay '/^From:/ PREPEND Authentication-Results: mx.example.org; dkim=pass header.d=net-it.com; spf=pass smtp.mailfrom=net-it.com'
    edit outside/opendkim.conf '$a KeepAuthResults yes'
}
