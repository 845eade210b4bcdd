# SPDX-License-Identifier: LGPL-2.1-or-later
# What "virsh metadata GUEST urn:libvirt-ap:matrix:1" prints, made a document for
# "virsh nodedev-define".
s,<matrix uuid=["']\([^"']*\)["']>,<device><parent>ap_matrix</parent><capability type='mdev'><type id='vfio_ap-passthrough'/><uuid>\1</uuid>,
s,</matrix>,</capability></device>,
s,<\(adapters\|domains\|control-domains\|reserve\|comment\)\([ />]\),<\1 xmlns='urn:libvirt-ap:matrix:1'\2,
