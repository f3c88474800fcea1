"""What the published metrics mean, in this project's words: one table for each kind.

A phrase has neither unit nor full stop: `metrics.metric_description` adds them. Some metrics
occur in several reports under one name; their phrase fits each of them. Metrics by waiting time
(`accepted.5s-10s`) are composed from `INTERVAL_STEMS`.
"""

from __future__ import annotations

from typing import Final

INTERVAL_STEMS: Final[dict[str, str]] = {
    "accepted": "Interactions accepted",
    "acceptedPercentage": "Share of interactions that were accepted",
    "abandon": "Interactions abandoned",
    "abandonPercentage": "Share of interactions that were abandoned",
}

CARRIED_OVER: Final = frozenset({"entered", "presented"})
"""Counts that hold ongoing interactions again in each bucket, so that a sum counts them twice."""

SNAPSHOTS: Final = frozenset(
    {"alerting", "assignedInteractions", "offering", "parked", "waitingInQueue"}
)
"""Counts of what there is at the end of a bucket."""

SUMMARY_COUNTS: Final[dict[str, str]] = {
    "abandoned": (
        "Interactions given up by the customer: in queue reports after the short-abandon limit,"
        " in agent reports while being offered to the agent"
    ),
    "accepted": "Interactions accepted by agents",
    "acceptedInSla": "Interactions accepted within the service level",
    "alerting": (
        "Interactions being presented to the agent at the end of the interval, through a queue"
        " or outside one"
    ),
    "assignedInteractions": "Interactions assigned to the agent at the end of the interval",
    "blindTransferToAgent": "Blind transfers to an agent",
    "blindTransferToQueue": "Blind transfers to a queue",
    "blindTransfersInitiated": "Blind transfers begun by the agent",
    "blindTransfersReceived": "Blind transfers that reached the agent",
    "conferences": "Conferences that the agent took part in",
    "conferencesEstablished": "Conferences set up",
    "conferencesReceived": "Conferences that the agent was brought into",
    "consultationsEstablished": "Consultations set up",
    "countOfInteractions": "Interactions on digital channels",
    "directInbound": "Inbound calls made straight to the agent",
    "directOutbound": "Outbound calls made by the agent outside a queue",
    "diverted": "Interactions that left the queue for another destination before being accepted",
    "entered": (
        "Interactions that entered the queue, with those already waiting when the interval began"
    ),
    "hold": "Times that an interaction was put on hold",
    "internalCalls": "Calls between agents",
    "internalCallsInitiated": "Calls to other agents that the agent made",
    "internalCallsReceived": "Calls from other agents that the agent received",
    "newInQueue": (
        "Interactions that entered the queue during the interval, without those already waiting"
        " when it began"
    ),
    "numberOfRepliedEmails": "E-mails replied to",
    "offering": "Interactions being offered to agents at the end of the interval",
    "parked": "Interactions parked at the end of the interval",
    "presented": (
        "Interactions offered to the agent, with those still being offered when the interval ended"
    ),
    "rejectTimeout": "Interactions offered to the agent but not accepted in the time allowed",
    "rejected": "Interactions rejected by the agent",
    "shortAbandoned": "Interactions abandoned in the queue within the short-abandon limit",
    "statusCodeCount": "Times that agents chose the status code",
    "totalAbandoned": "Interactions abandoned in the queue, short abandons included",
    "transactionCodeCount": "Times that agents chose the wrap-up code",
    "transfersInitiated": "Transfers of any kind begun by the agent",
    "transfersReceived": "Transfers of any kind that reached the agent",
    "voicemailsLeft": "Voicemails left by customers who waited in the queue",
    "waitingInQueue": "Interactions waiting in the queue at the end of the interval",
    "warmTransfersCompleted": "Warm transfers completed",
    "warmTransfersReceived": "Warm transfers that reached the agent",
}

SUMMARY_DURATIONS: Final[dict[str, str]] = {
    "availableTime": "Time agents were available",
    "avgAbandonTime": "Average wait of interactions that were abandoned",
    "avgBusyTime": "Average time agents were busy with an interaction",
    "avgDirectInboundTime": "Average length of inbound calls made straight to the agent",
    "avgDirectOutboundTime": "Average length of outbound calls made by the agent outside a queue",
    "avgFocusTime": "Average time agents had an interaction in focus",
    "avgHandlingTime": "Average time agents handled an interaction, from acceptance to wrap-up",
    "avgHoldTime": "Average time on hold",
    "avgOfferingTime": "Average time an interaction was being offered to an agent",
    "avgProcessingTime": "Average time agents processed an interaction: handling and wrap-up",
    "avgSpeedToAnswer": "Average time until an agent answered",
    "avgWaitBeforeAcceptedTime": "Average wait of interactions that were accepted",
    "avgWaitTime": "Average wait in the queue, however it ended",
    "avgWrapUpTime": "Average time agents spent on wrap-up after an interaction",
    "busyTime": "Time agents were busy with interactions",
    "conferenceTime": "Time the agent spent in conferences",
    "conferencesEstablishedTime": "Time spent in conferences that the agent set up",
    "conferencesReceivedTime": "Time spent in conferences that the agent was brought into",
    "directInboundTime": "Time spent on inbound calls made straight to the agent",
    "directOutboundTime": "Time spent on outbound calls made by the agent outside a queue",
    "focusTime": "Time agents had interactions in focus",
    "handlingDuration": "Time digital interactions were being handled by agents",
    "handlingTime": "Time agents spent handling interactions, from acceptance to wrap-up",
    "holdTime": "Time interactions were on hold",
    "internalCallsTime": "Time spent on calls between agents",
    "loggedInTime": "Time agents were logged in",
    "longestAbandonTime": "Longest wait of an interaction that was abandoned",
    "longestHoldTime": "Longest time on hold",
    "longestOfferingTime": "Longest time an interaction was being offered to the agent",
    "longestWaitBeforeAcceptTime": "Longest wait of an interaction that was accepted",
    "longestWaitTime": "Longest wait in the queue, however it ended",
    "offeringDuration": "Time digital interactions were being offered to agents",
    "offeringTime": "Time interactions were being offered to agents",
    "onBreakTime": "Time agents were on break",
    "parkDuration": "Time digital interactions were parked",
    "processingTime": "Time agents spent processing interactions: handling and wrap-up",
    "queueWaitDuration": "Time spent waiting in a queue",
    "scriptTreatmentDuration": "Time digital interactions spent in scripts",
    "statusCodeTime": "Time agents spent under the status code",
    "totalAbandonTime": "Total wait of interactions that were abandoned",
    "totalInteractionsDuration": "Total length of digital interactions",
    "transactionCodeTime": "Time recorded under the wrap-up code",
    "waitingInQueueTime": "Time interactions spent waiting in the queue",
    "workingOfflineTime": "Time agents were working offline",
    "wrapUpDuration": "Time agents spent on wrap-up after digital interactions",
    "wrapUpTime": "Time agents spent on wrap-up",
}

SUMMARY_PERCENTAGES: Final[dict[str, str]] = {
    "abandonedPercentage": (
        "Share of interactions given up by the customer: in queue reports after the short-abandon"
        " limit, in agent reports while being offered to the agent"
    ),
    "acceptedInSlaPercentage": "Share of interactions accepted within the service level",
    "acceptedPercentage": "Share of interactions accepted by agents",
    "availableTimePercentage": "Share of time that agents were available",
    "busyTimePercentage": "Share of time that agents were busy with interactions",
    "divertedPercentage": (
        "Share of interactions that left the queue for another destination before being accepted"
    ),
    "handlingTimePercentage": "Share of time that agents spent handling interactions",
    "offeringPercentage": (
        "Share of interactions that were being offered to agents at the end of the interval"
    ),
    "offeringTimePercent": "Share of time that agents were being offered interactions",
    "onBreakTimePercentage": "Share of time that agents were on break",
    "rejectedPercentage": "Share of interactions rejected by the agent",
    "shortAbandonedPercentage": (
        "Share of interactions abandoned in the queue within the short-abandon limit"
    ),
    "slaPercentage": "Service level reached, with short abandons left out of the reckoning",
    "timePercentage": "Share of time that agents spent under the status code",
    "totalAbandonedPercentage": (
        "Share of interactions abandoned in the queue, short abandons included"
    ),
    "transfersInitiatedPercentage": "Share of interactions that the agent transferred",
    "workingOfflineTimePercentage": "Share of time that agents were working offline",
    "wrapUpTimePercentage": "Share of time that agents spent on wrap-up",
}

SURVEY_COUNTS: Final[dict[str, str]] = {
    "answered": "Survey questions that customers answered",
    "completed": "Surveys that customers took to their end",
    "hungUp": "Surveys or questions at which customers hung up",
    "offered": "Surveys offered to customers; those without an agent are never offered",
    "optedIn": "Surveys that customers agreed to take; those without an agent ask for no consent",
    "skipped": "Survey questions that customers skipped",
    "started": "Surveys that customers began",
}

SURVEY_NUMBERS: Final[dict[str, str]] = {
    "achievableScore": "Highest score that the survey answers could have reached",
    "actualScore": "Score that the survey answers reached",
    "score": "Ratio of the score reached to the highest possible one, as the API gives it",
}

DETAILED_COUNTS: Final[dict[str, str]] = {
    "participantAssignNumber": "Number of the participant's assignment within the interaction",
    "participantFocus": "Times that the participant had the interaction in focus",
    "participantHold": "Times that the participant put the interaction on hold",
    "participantMute": "Times that the participant muted the call",
    "participantPark": "Times that the participant parked the interaction",
}

DETAILED_DURATIONS: Final[dict[str, str]] = {
    "surveyDuration": "Time the customer took for the survey",
    "customerJourneyDuration": "Length of the customer's whole journey",
    "interactionDuration": "Length of the interaction",
    "ivrTreatmentDuration": "Time the interaction spent in the voice menu (IVR)",
    "participantBusyDuration": "Time the participant was busy with the interaction",
    "participantFocusDuration": "Time the participant had the interaction in focus",
    "participantHandlingDuration": "Time the participant handled the interaction",
    "participantHoldDuration": "Time the participant kept the interaction on hold",
    "participantLongestFocusDuration": (
        "Longest stretch that the participant had the interaction in focus"
    ),
    "participantLongestHoldDuration": (
        "Longest stretch that the participant kept the interaction on hold"
    ),
    "participantLongestMuteDuration": "Longest stretch that the participant was muted",
    "participantMuteDuration": "Time the participant was muted",
    "participantOfferDuration": "Time the interaction was being offered to the participant",
    "participantParkDuration": "Time the participant kept the interaction parked",
    "participantProcessingDuration": (
        "Time the participant processed the interaction: handling and wrap-up"
    ),
    "participantWrapUpDuration": "Time the participant spent on wrap-up",
    "timeToAbandon": "Time until the customer gave up",
}

DETAILED_TIMESTAMPS: Final[dict[str, str]] = {
    "creationTime": "When the interaction was created",
    "finishedTime": "When the interaction finished",
    "participantAssignTime": "When the interaction was assigned to the participant",
    "participantHandlingEndTime": "When the participant stopped handling the interaction",
    "participantOfferActionTime": "When the participant answered the offer, or it ended otherwise",
    "participantOfferTime": "When the interaction was offered to the participant",
    "participantWrapUpEndTime": "When the participant finished wrap-up",
    "queueTime": "When the interaction entered the queue",
    "endTime": "When what the row describes ended",
    "startTime": "When what the row describes began",
    "time": "When the event that the row describes took place",
}

DETAILED_TEXTS: Final[dict[str, str]] = {
    "agent": "Name of the agent as shown in 8x8",
    "agentGroup": "Name of the agent's group as shown in 8x8",
    "agentGroupId": "Identifier of the agent's group; stays the same when it is renamed",
    "agentId": "Identifier of the agent; stays the same when the agent is renamed",
    "agentName": "Name of the agent as shown in 8x8",
    "agentNotes": "Notes the agent wrote; may hold personal data",
    "campaignId": "Identifier of the outbound campaign",
    "campaignName": "Name of the outbound campaign",
    "caseFollowUp": "Follow-up of the customer's case that the interaction belongs to",
    "caseNumber": "Number of the customer's case",
    "channelId": "Identifier of the channel",
    "channelName": "Name of the channel as shown in 8x8",
    "chatType": "Kind of chat, such as web chat, SMS or WhatsApp",
    "comments": "What the customer said or wrote at the end of the survey; may hold personal data",
    "customerEmail": "E-mail address of the customer; personal data",
    "customerName": "Name of the customer; personal data",
    "customerPhone": "Phone number of the customer; personal data",
    "destination": "Where the interaction was directed to, such as a phone number",
    "destinationQueueId": "Identifier of the queue the interaction was sent on to",
    "destinationQueueName": "Name of the queue the interaction was sent on to",
    "direction": "Direction of the interaction: inbound or outbound",
    "dispositionAction": "What follows from the campaign call's outcome, such as another try",
    "externalTransactionData": "Data an outside system attached; may hold personal data",
    "facebookId": "Facebook identifier of the customer; personal data",
    "interactionId": "Identifier of the interaction",
    "interactionLabels": "Labels of what happened to the interaction, such as queued or handled",
    "interactionType": "Kind of interaction, such as an outbound call or a callback",
    "journeyId": "Identifier of the customer's journey, shared by its interactions",
    "mediaType": "Medium of the interaction: phone, chat, e-mail or voicemail",
    "originalInteractionId": "Identifier of the interaction that this one came from",
    "originalTransactionId": "Identifier of the transaction that this one came from",
    "origination": "Where the interaction came from, such as a phone number; personal data",
    "outboundPhoneCode": "Name of the outbound phone code",
    "outboundPhoneCodeId": "Identifier of the outbound phone code",
    "outboundPhoneCodeList": "Name of the list that holds the outbound phone code",
    "outboundPhoneCodeListId": "Identifier of the list that holds the outbound phone code",
    "outboundPhoneCodeText": "Text of the outbound phone code",
    "outboundPhoneShortCode": "Short form of the outbound phone code",
    "outcome": "How the interaction ended, such as handled or abandoned",
    "participantAssignReason": "Why the participant was assigned, such as an offer or a transfer",
    "participantComments": "Comments of the participants, each with its time and author",
    "participantGroupId": "Identifier of the participant's group",
    "participantGroupName": "Name of the participant's group",
    "participantHandlingOutcome": "How the participant's handling ended, such as in wrap-up",
    "participantId": "Identifier of the participant",
    "participantName": "Name of the participant",
    "participantOfferAction": "What became of the offer, such as accepted or rejected",
    "participantType": "Kind of participant: an agent or an external number",
    "participants": "Everyone who took part in the interaction, with their own metrics",
    "queueId": "Identifier of the queue; stays the same when it is renamed",
    "queueName": "Name of the queue as shown in 8x8",
    "recordId": "Identifier of the record",
    "recordingFileNames": "File names of the recordings",
    "scheduleHours": "Whether the schedule was open or closed",
    "state": "State the interaction was in, such as waiting in queue or finished",
    "status": "Status the agent changed to, or the action that changed it",
    "statusCode": "Name of the status code as shown in 8x8",
    "statusCodeId": "Identifier of the status code; stays the same when it is renamed",
    "statusCodeList": "Name of the list that holds the status code",
    "statusCodeListId": "Identifier of the list that holds the status code",
    "statusCodeShortCode": "Short form of the status code",
    "statusCodeText": "Text of the status code",
    "subject": "Subject of the interaction; may hold personal data",
    "surveyId": "Identifier of the survey; stays the same when it is renamed",
    "surveyName": "Name of the survey as shown in 8x8",
    "terminatedBy": "Who ended the interaction",
    "transactionId": "Identifier of the transaction",
    "transfers": "Kinds of transfer the interaction went through",
    "twitterId": "Twitter identifier of the customer; personal data",
    "wrapUpCode": "Name of the wrap-up code as shown in 8x8",
    "wrapUpCodeId": "Identifier of the wrap-up code; stays the same when it is renamed",
    "wrapUpCodeList": "Name of the list that holds the wrap-up code",
    "wrapUpCodeListId": "Identifier of the list that holds the wrap-up code",
    "wrapUpCodeText": "Text of the wrap-up code",
    "wrapUpShortCode": "Short form of the wrap-up code",
}
