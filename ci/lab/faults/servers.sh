# Servers and doors that are down.

down_fault() {   # NAME TARGET SENTENCE
    fault "$1" "$3"
    eval "fault_$1() { stopped $2; }"
}
down_fault primary-down primary 'The primary is down'
down_fault gateway-down gateway 'The gateway is down'
down_fault secondary-down secondary 'The secondary is down'
down_fault outside-down outside 'The outside is down, but for its second MX'
down_fault resolver-down resolver 'The resolver is down'
down_fault primary-imap-down primary/imap "The primary's mailboxes cannot be read"
down_fault secondary-imap-down secondary/imap "The secondary's mailboxes cannot be read"
down_fault outside-imap-down outside/imap "The outside's mailboxes cannot be read"
down_fault primary-smtp-down primary/smtp 'The primary takes no mail from the gateway'
down_fault primary-submission-down primary/submission 'The primary takes no mail from its people'
down_fault primary-store-down primary/lmtp "The primary's mailboxes take no mail"
down_fault gateway-inbound-down gateway/inbound 'The gateway takes no mail from the Internet'
down_fault gateway-relay-down gateway/relay 'The relay takes no mail'
down_fault secondary-store-down secondary/lmtp "The secondary's mailboxes take no copies"
down_fault outside-smtp-down mx.example.org "The outside's first MX is down"
