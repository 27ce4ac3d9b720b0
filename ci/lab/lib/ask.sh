#!/bin/bash
# Inside the lab: asks a name server one question, so that it has the answer in its cache. No dig needed.
#   ask.sh ADDRESS NAME TYPE-NUMBER
IFS=. read -r -a labels <<<"$2"
name=
for label in "${labels[@]}"; do printf -v length '\\x%02x' ${#label}; name+=$length$label; done
exec 3<>"/dev/udp/$1/53" || exit
# in one piece: printf itself would make a packet of each line, and a label of ten characters has a line's end
printf '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00'"$name"'\x00\x00\x'"$(printf %02x "$3")"'\x00\x01' |
    dd bs=512 iflag=fullblock status=none >&3
read -r -t 5 -u 3 -N 2 _        # the answer has come when there is anything to read
(($? < 128))
