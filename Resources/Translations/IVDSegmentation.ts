<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1">
<context>
    <name>CohortBar</name>
    <message>
        <source>The scan of the cohort that is in the scene.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept and next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark this scan as accepted and load the next doubtful one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave this scan out of the cohort&apos;s tables and load the next doubtful one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load the next doubtful scan; this one gets no mark.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CohortTab</name>
    <message>
        <source>Scans</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the scans are: a folder of volumes, a tree of DICOM studies, a BIDS data set, or a list (.csv, .tsv). Nothing is written into it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the scans are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a folder of volumes, a tree of DICOM studies, or a BIDS data set.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a table (.csv, .tsv) whose column &apos;path&apos; names the scans.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From DICOM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the studies that are selected in Slicer&apos;s DICOM module. Of each study one sagittal series is segmented.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Results:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of the results. A cohort that is there already is opened, and goes on where it stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of the results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the folder of the results, or open that of an earlier cohort.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the scans in the background.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop when the scans at work are done.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Retry failed scans</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also try the scans again that failed before.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Worklist</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which scans are listed, by how far they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which scans are listed, by the reader&apos;s mark.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List only scans whose name contains this text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed scans first, then the most doubtful. Double-click a scan to review it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next doubtful</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load the most doubtful scan that has no mark, with its result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load the selected scan with its result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark the selected scan as accepted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the discs of the selected scan out of the cohort&apos;s tables.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the selected scan again, in the next run or in the one at work, and replace its result. Clear the mark of a corrected scan first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear mark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the mark off the selected scan.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reader:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who reviews. The name is noted with each mark.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add accepted scans to the training set …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add every accepted and corrected scan to a folder of training cases. Scans that are in it already are skipped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the cohort&apos;s page in the web browser: pictures, distributions, marks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import marks …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read the marks that the page has exported (marks.csv).</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DependencyPanel</name>
    <message>
        <source>PyTorch has to be installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discs are found by a neural network that runs on PyTorch. It is downloaded once: about 0.2 GB, or about 2.5 GB with support for NVIDIA graphics cards, and takes twice that on disk. The trained model is part of this extension, and no image leaves this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install PyTorch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy a report for the developers to the clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>IVDSegmentation</name>
    <message>
        <source>IVD Segmentation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finds, outlines and names the intervertebral discs in MR volumes of the spine. Choose a volume on the Segment tab and press &apos;Segment discs&apos;. Everything is computed on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Based on Chen, Dou, Wang, Qin, Cheng, Heng: 3D fully convolutional networks for intervertebral disc localization and segmentation (MIAR 2016). Research use only, not for clinical decisions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An unexpected error occurred: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch is not installed, so the network cannot be tested. Open the module first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segmenting the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test passed: {count} discs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReviewExportDialog</name>
    <message>
        <source>Export to folder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DICOM SEG</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DICOM Segmentation object with codes of CID 7604 that refers to the source images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Label map (.nii.gz)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Label map on the grid of the volume, values from 1 (L5-S1) upwards.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slicer segmentation (.seg.nrrd)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One named, coloured and coded segment per disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Centres (.mrk.json)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slicer markups, one point per disc (LPS).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measurements (.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One row per disc.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReviewTab</name>
    <message>
        <source>Nothing to review yet. Segment a volume on the Segment tab, or load a scene that contains a result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo the last correction (Ctrl+Z).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo the last undone correction (Ctrl+Y).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Follow spine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tilt the slice views along the spine, so that axial slices lie in the plane of the selected disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrange views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show mid-sagittal, coronal, axial and 3D views aligned with the spine, with outlines and labelled centres.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show technical details for a bug report.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the message and its details to the clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click a disc to show it in all views. Keys: Up and Down for the next disc, Enter to accept, Delete to delete, Space to show or hide.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disc below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the next disc towards the feet (Down).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disc above</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the next disc towards the head (Up).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark the disc as reviewed and go to the next one (Enter).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the selected disc (Delete).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Levels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift all up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename every disc to the next level towards the head.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift all down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename every disc to the next level towards the feet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New level of the selected disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Assign this level to the selected disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Renumber others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Renumber all other discs from this one. If off, only this disc is renamed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outlines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add missed disc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click inside a disc that was missed: it is segmented there and named from its neighbours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag centres</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a centre to the right place: the disc is segmented again from there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Include</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click on tissue that belongs to the selected disc; its outline is adjusted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click on tissue that does not belong to the selected disc; its outline is adjusted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Radius of a mark.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit with the Segment Editor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot heights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot disc height by level.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot signal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot the signal relative to CSF by level.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save and share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Snapshot …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a picture of the discs: red outlines, green crosses, levels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save one HTML page with pictures, table and plots.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With patient data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Include the patient&apos;s name, ID and dates from DICOM. If off, the report contains nothing that identifies the patient.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save DICOM SEG, label map, centres and measurements as files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add to training set …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the corrected case for training a model of your own.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegmentTab</name>
    <message>
        <source>Volume:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MR volume to segment. A transformed volume is used as displayed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trained model to use.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the network runs. Automatic uses a GPU with enough memory if there is one, otherwise the CPU.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability threshold:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voxels above this probability are counted as disc. Lower it for faint discs; raise it if outlines are too large.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Minimum volume:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> mm³</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connected components smaller than this are discarded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor threads:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of processor cores the network may use. Fewer keep the computer more responsive.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smoother outlines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smooth the probability map before thresholding. Without smoothing, outlines are slightly closer to those of radiologists.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add the probability map to the scene</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore defaults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment discs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load the sample spine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A synthetic spine, generated on this computer. No internet connection is needed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The highest and the lowest vertebra beside a disc that was found and named.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click a disc to show it in all slice views.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TrainingTab</name>
    <message>
        <source>Cases</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the folder of your cases</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of training cases. &apos;Add to training set&apos; on the Review tab adds cases to it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the folder of cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training cases. All scans of a patient share one role, so that no patient is used for both training and validation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add from scene</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add the volume selected on the Segment tab with its current discs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import a folder of images with label maps (NIfTI, NRRD, .seg.nrrd). Each pair is checked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the selected case from the folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep scan names (may identify patients)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Otherwise cases are named case-001, case-002 …; patient IDs are stored only as a hash.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start from:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model to fine-tune. Training from scratch needs many cases and hours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Phantoms (%):</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Percentage of training patches taken from synthetic spines. They keep the model from forgetting what it has learned.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preset:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quick for a few cases from one scanner; Full for many cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New model:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the new model in the list of models. Existing models are never overwritten.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Epochs:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Average number of times each training case is used. 0: as in the preset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learning rate:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maximum step size of the optimiser. 0: as in the preset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>λ (weight decay):</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight decay, the lambda of the paper: the penalty on large weights.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patches in a batch:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smaller batches need less memory. 0: as in the preset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patch (voxels):</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slices x rows x columns of 2 x 1.25 x 1.25 mm, for example 32 x 192 x 160. Must be multiples of 8, 32 and 32.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor threads:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leaving one core free keeps Slicer responsive.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All but one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the network is trained.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Earlier cases:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rehearsal set: a folder of cases that the new model must still handle. 40 % of the patches that are not from phantoms are taken from its training cases; its validation cases are part of the evaluation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a folder of earlier cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run a few steps on this computer to measure time and memory.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause after the current step; no progress is lost.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finish now: the best weights so far become the new model, which is evaluated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot view:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot the loss.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot the Dice of the validation cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot the localization distance of the validation cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result: new model compared with the old one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Old and new model compared by the measures of the paper.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Worst cases of the new model. Double-click a case to see old and new side by side.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Double-click to open the picture: old model on the left, new model on the right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add the new model to the list of models on the Segment tab. The old one is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the new model as one file that can be shared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import a model …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a model file that you received to the list of models. It is checked first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.dicom</name>
    <message>
        <source>The DICOM database is not open. Open the DICOM module once, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The DICOM browser cannot be asked. Choose the folder of the DICOM files instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No study is selected. Select one or more in the DICOM module, then come back and try again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.list_section</name>
    <message>
        <source>all scans</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>any mark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no mark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No cohort is open. Choose where the scans are and press &apos;Start&apos;, or choose the results of an earlier cohort.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No scan fits these filters.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first {shown} of {total} scans. Narrow the list by status, mark or name to see others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{total} scans</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.overview</name>
    <message>
        <source>The cohort&apos;s tables could not be written: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.review</name>
    <message>
        <source>Every scan that is done has a mark. There is nothing left to review.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cohort has no scan &apos;{name}&apos; any more. Open its folder again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The corrections could not be saved: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That was the last scan without a mark.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scan {name} could not be opened: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its volume was removed from the scene meanwhile.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.run</name>
    <message>
        <source>The run ended with code {code}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.run_section</name>
    <message>
        <source>Where the scans are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List of scans</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables (*.csv *.tsv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of the results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a folder of scans, a list, or studies of the DICOM database first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} does not exist. Choose where the scans are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the scans in the background.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch has to be installed first (see above).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking for scans …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{done} of {total} done, {failed} failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} a minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>starting …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pausing when the scans at work are done …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.scan_bar</name>
    <message>
        <source>Save and next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept and next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the corrections into the cohort and load the next doubtful scan.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark this scan as accepted and load the next doubtful one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saving the corrections …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opening {name} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>corrected, not saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>doubt {percent}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.tab</name>
    <message>
        <source>Cohort</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 scan is to be done again: press &apos;Start&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Review</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Marks of the page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The marks were read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} scans are to be done again: press &apos;Start&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.training_set</name>
    <message>
        <source>Training folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adding to the training set … {percent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 scan was added to the training set: {folder}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} scans were added to the training set: {folder}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} in it already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} cannot be used; see the details.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>cohort.worklist</name>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no spine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>queued</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>corrected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>good</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>excluded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{mark} by {who} on {day}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{mark} on {day}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the scan in the cohort, and the discs found; for a failed scan, the reason.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much a reader should look at the scan: mostly the doubt of its worst disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Doubt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scan with the outlines of its discs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The reader&apos;s mark; without one, how far the scan is.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>qSlicerAbstractCoreModule</name>
    <message>
        <source>Segmentation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>review.actions</name>
    <message>
        <source>Shift all levels up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift all levels down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set level {level}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete disc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add disc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move centre</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adjust outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume of this result was deleted, so discs cannot be segmented again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>review.click_modes</name>
    <message>
        <source>Missed disc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click the middle of the missed disc in any view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click on tissue that belongs to the disc but lies outside its outline.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click on tissue inside the outline that does not belong to the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a green cross to the middle of its disc.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>review.disc_list</name>
    <message>
        <source>Level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conf.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether the disc is shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Upper and lower vertebra. A pencil marks discs edited by hand.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cm³</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Middle height in mm with the smallest change that is more than error: mean thickness at half the depth.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume inside the image in cm³.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability that the level is right, given all discs found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How good the outline is, as estimated: good, look (at it), poor. A click sorts the list by doubt, and back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accepted by you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide this disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edited by hand. A new run asks before replacing this disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not measured: too little of the disc is there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{value} {unit}: a change by less than ± between two scans may be none.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>review.files</name>
    <message>
        <source>Save snapshot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The snapshot was saved: {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Web pages (*.html)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume of this result was deleted, so there is nothing to draw the discs on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report was saved without patient data, because the volume has none: {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report was saved: {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>centres</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved: {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No file type was selected, so nothing was saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved in {folder}: {names}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>review.marks</name>
    <message>
        <source>Include</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a disc in the list first, then mark its outline.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>review.tab</name>
    <message>
        <source>Review</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a disc in the list first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lordosis L1-S1: not measured, because T12-L1 and L5-S1 are not both in view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lordosis L1-S1: {angle}°</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo: {name} (Ctrl+Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to undo.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>review.training_set</name>
    <message>
        <source>The volume of this result was deleted, so it cannot be used for training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Added to the training set as {name}: {folder}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>segment.result_list</name>
    <message>
        <source>Level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Centre (mm)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conf.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Vol.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Upper and lower vertebra.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Centre of the disc in millimetres: left/right, anterior/posterior, superior/inferior.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume inside the image in cm³.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability that the level is right, given all discs found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How good the outline is, as estimated: good, look (at it), poor.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>segment.tab</name>
    <message>
        <source>Segment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelling …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample volume could not be created.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{stage} … {seconds} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The discs of &apos;{name}&apos; have been segmented. Choose this volume above to see them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled. The scene was not changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment discs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch has to be installed first (see above).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a volume first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find, outline and name the intervertebral discs of the volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No result yet. Press &apos;Segment discs&apos; to list the discs of the volume here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load a spine MR volume (DICOM, NRRD, NIfTI), or try the sample, a synthetic spine.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.dependencies</name>
    <message>
        <source>PyTorch is loaded but incomplete: it has no version.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the remains of an interrupted installation were found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The installation in {folder} is incomplete; missing: {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The version of the installation is unknown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version {version} is installed, but {wanted} is required.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The PyTorch extension did not install PyTorch.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installing with {name} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The installation finished, but PyTorch was not found afterwards.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.dependency_panel</name>
    <message>
        <source>PyTorch has to be installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch is damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch is too old</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install PyTorch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repair PyTorch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installing …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The installation failed: {error} Check the internet connection and the free disk space, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.file_dialogs</name>
    <message>
        <source>Export discs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.library_texts</name>
    <message>
        <source>&apos;{0}&apos; fits {1} series of {2}. Choose by number:
{3}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{0}&apos; has no model card of this extension; it comes from another program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{0}&apos; is a label map, not an image. Choose the MR volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{0}&apos; is not a model of this extension, or it is damaged. Import it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A DICOM file of the volume cannot be read: {0}. Import the series into the DICOM database again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A batch of {0} patches cannot be split evenly among {1} processes. Choose batch sizes that are multiples of {2} (full_batch and slab_batch in the settings).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A disc at the {0} border of the field of view is mostly cut off and was left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A disc seems to be missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A disc seems to be missing between {0} and {1}. Add it with one point.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A process that prepares batches was ended by the system, mostly because memory ran out. Set a lower number of &apos;workers&apos; (0: none) under &quot;advanced&quot; in the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A training is running in {0} already. Stop it first, or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Angle between both endplates, + open to the front.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another program is adding a case to {0}. Try again in a moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Antero-posterior width in the mid-sagittal band, along the endplates. Empty where the image cuts the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Between {0} and {1} a disc is not annotated; the place is not learned from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Centroid, to the back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Centroid, to the left.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choosing the best weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DICOM SEG cannot be written, because the Python package highdicom is missing in this Slicer. Install it in the Python console with slicer.util.pip_install(&apos;highdicom&apos;) and export again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DICOM SEG could not be made from these DICOM files: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DICOM SEG could not be written: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DICOM SEG refers to the slices it was made from, and this volume was not loaded from DICOM. Import the DICOM series with the DICOM module and segment it there, or export a label map instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DICOM files are read with the package pydicom, which is missing. Install it: pip install pydicom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image and labels of {0} lie on different grids. Put both on the same grid.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;advanced.{0}&apos; is larger than &apos;{1}&apos;, of which it is a part. Correct the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{0}&apos; is not a level. Choose one from {1} to {2}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A disc lies below L5-S1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A temporary folder in {0} could not be created: {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All levels are uncertain. Check one of them; if it is wrong, set it and let the others follow.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All voxels have the same value ({0}): it shows nothing. Load or export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing old and new model: {0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It may have run out of memory.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Known only on the cases it was judged by.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest width from left to right. Empty where the image cuts the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Localization distance, mm (validation)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lumbar spine phantom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making phantoms: {0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of the three heights divided by the antero-posterior width of the same disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean signal divided by that of the cerebrospinal fluid behind the disc. Empty where no fluid was found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean signal inside the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean thickness over 8-20 % of the depth from the front, within 5 mm of the mid-sagittal plane.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No disc has a level yet. Set the level of one disc first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No disc has a level: levels are counted from the sacrum, which may lie outside of the image. Set the level of one disc and let the others follow.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No disc is named {2}, between {0} and {1}. There is no room for another disc: set the level of one of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No disc is named {2}, between {0} and {1}. There is room for a disc that was missed: add it with one point.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No marks were given. Paint on what belongs to the disc, or on what does not.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No spine was found in this volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No volume is chosen. Load an MR volume and choose it as the input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of the segments in {0} is a disc or vertebra by its name or code ({1}). Name the discs by level, for example &apos;L4-L5&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing of {0} would be left. Delete the disc instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was better than the model that it started from, so the new model equals the old one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On your validation cases the new model is {0} ({1}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the cases</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove the case or repair the file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use. Not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segmentation was cancelled. Nothing was changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series {0} (one of {1})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings of the training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slicer could not merge the segments into a label map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slicer&apos;s DICOM exporter did not accept the segmentation. Check that the DICOM files of the volume are still in the DICOM database.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slicer&apos;s Python (PythonSlicer) was not found, so the segmentation cannot be started. Reinstall Slicer, or put the folder of PythonSlicer on the PATH.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some DICOM files of the volume are no longer in the DICOM database. Import the series again, then export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard deviation of the signal.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped. Resume goes on from the last checkpoint.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The DICOM database is not open. Open the DICOM module once, then export again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The DICOM files of the volume were not found. Import the series into the DICOM database again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The DICOM series &apos;{0}&apos;</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU cannot do this ({0}): the volume was done on the CPU.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU ran out of memory: the volume was done in smaller tiles.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU ran out of memory: the volume was done on the CPU.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The case {0} cannot be used: {1} Or leave this case out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The computer ran out of memory. Choose a smaller batch or patch (Advanced).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The computer ran out of memory. Close other data or crop the volume, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The device &apos;{0}&apos; is not known. Choose auto, cpu, cuda or mps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disc &apos;{0}&apos; lies above C2-C3, where the table of levels ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disc &apos;{0}&apos; lies below L5-S1: six lumbar vertebrae (L6), a remnant disc S1-S2, or levels that are too low by one. It has no level in the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disc &apos;{2}&apos; lies between {0} and {1}, which leave no level for it: an additional vertebra, or a false disc. Delete it, or set the level of a neighbour and let the others follow.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disk may be full: free some space or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The edited segmentation lies on another grid than the result. Edit the result&apos;s own copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field of view is small ({0} mm). Only one or two discs fit; check their levels, or give a scan that shows the sacrum.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field of view is too small ({0} mm): no disc with its neighbours fits. Give a scan of the spine, and check its spacing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file does not say how the patient lies (no TransformMatrix): its axes are taken as left, posterior and superior. Check the orientation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file does not say how the patient lies (qform and sform are both unset): its axes are taken as left, posterior and superior. Check the orientation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file does not say how the patient lies ({0}): its axes are taken as left, posterior and superior. Check the orientation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file gives two places for its voxels: sform (code {0}) and qform (code {1}) lie up to {2} mm apart. Coordinates are those of {3} {4}; label maps in NIfTI carry both forms, so they lie on the scan in every program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file probably turns the patient the wrong way: {0}. Compare the letters at the borders of the slice views with the anatomy; correct the file&apos;s orientation before you use levels or sides.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first classes of the model &apos;{0}&apos; are {1}, not {2}. Choose another model, or install the version it was made for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder {0} could not be created: {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The label map holds fractions, so it is an image. Give the label map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The label map holds values that stand for no structure: {0}. Discs are 1 (L5-S1), 2 (L4-L5) … {1} ({2}), 51 … where the level is unknown. Name the values or the segments.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The label map lies on another grid than the image: {0}. Give the label map that was drawn on this image, or resample it onto the image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The level of the added disc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The levels are out of order: {0} lies above {1}. Is the volume upside down, or are the levels wrong? Correct them first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The levels could not be told</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lowest disc found is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lowest disc found is {0}: discs below it are not in view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The marks lie outside of the volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model &apos;{0}&apos; was trained for voxels of {1} mm (k, j, i); this version gives {2} mm. Choose another model, or install the version it was made for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model card in &apos;{0}&apos; cannot be used: {1}. Import the model again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model card in &apos;{0}&apos; does not match its checksum: the file was changed or damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model file &apos;{0}&apos; cannot be read: {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model knows no levels: discs are counted from the lowest one, as if it were L5-S1. If it is another, set the level of one disc and let the others follow.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network &apos;{0}&apos; cannot be built from this file: {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network kind &apos;{0}&apos; is not known. Known are: {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new model is ready. The best weights so far were kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new run found another</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The painted marks lie on another grid than the segmentation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The point lies outside of the volume. Place it inside the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The result could not be handed to Slicer: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same over 42-58 % of the depth.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same over 80-92 % of the depth.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segmentation process could not be started ({0}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segmentation process ended unexpectedly ({0}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segmentation stopped with an unexpected error. Please report it with the details below.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training ended with an unexpected error ({0}: {1}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training process ended before it was done. Resume goes on from the last checkpoint.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The two results lie on different volumes, so edits cannot be carried over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The valid region in {0} is of unknown type {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The valid region of {0} lies on another grid than its labels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The values ({0} to {1}) are too large to compute with. Export the volume with its usual intensities.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The values ({0} to {1}) look like CT (Hounsfield units). The models are made for MR: do not trust the result, give the MR scan.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume &apos;{0}&apos; has no voxels. Load it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume &apos;{0}&apos; has {1} values in each voxel (colour or vectors). Choose a grey MR volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume &apos;{0}&apos; is a single slice. Discs are found in 3D volumes only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume &apos;{0}&apos; is sheared by its transform, so its axes are not at right angles. Harden the transform and resample the volume (Transforms and Resample modules), or take the transform off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume &apos;{0}&apos; is under the non-linear transform &apos;{1}&apos;. Harden the transform on it (Data module, right click on the transform) and segment it then.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume &apos;{0}&apos; was changed while its discs were being found. Segment it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume has {0} dimensions instead of 3. Choose one 3D frame of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume is 2D or nearly so ({0} voxels); it needs {1} slices or more. Give the whole scan, not one slice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume is empty: it has no voxels. Load or export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume of this result was deleted, so there is nothing to draw the discs on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume&apos;s position or direction is not a number. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The voxel spacing ({0} mm) cannot be right for a spine scan ({1} to {2} mm). Is it in another unit? Set the true spacing (Slicer: Volumes module).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The voxel spacing ({0} mm) is zero or negative. Set the true spacing (Slicer: Volumes module) or export the volume again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The voxel spacing is not a number. Correct it (Slicer: Volumes module) or export again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The voxels are coarse ({0} mm). Thin discs may be missed; give the original scan.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The voxels are complex numbers. Export the magnitude image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The voxels are of type {0}, not numbers. Export the grey-scale volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights in &apos;{0}&apos; do not fit the network &apos;{1}&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights in &apos;{0}&apos; do not match their checksum: the file was changed or damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The worker did not understand a request.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No disc is labelled, so the case cannot be used for training. Add a segmentation with at least one disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;advanced.{0}_batch&apos; is 1 with the smallest patch: batch normalisation needs more. Raise one of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another training has begun in {0} while this one was asleep. This one ends and writes nothing more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cervical and thoracic spine: {0} to {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cervical spine: {0} to {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lumbar spine: {0} to {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No disc is visible at this point. Place it in the middle of the disc, or paint the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No disc is visible there. Move the centre into the disc, or paint the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On the {0} the new model is as good as before ({1}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On the {0} the new model is worse ({1}, missed discs {2} → {3}). Raise the share of phantoms, or lower the learning rate or the number of epochs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Part of a spine: 1 disc, level unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Part of a spine: {0} discs, levels unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped at once. Resume goes on from the last checkpoint.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>T12-L1 and L5-S1 are not both in view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The case {0} has no image, so it cannot be used for training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The checkpoint in {0} belongs to another network. Start the training anew, or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The checkpoint {0} cannot be read: {1}. Check the path.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The checkpoint {0} is damaged or was written by another program. Start the training anew, or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disc &apos;{0}&apos; has no level. Set it, or delete the disc if it is a false one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file&apos;s header names the body part &apos;{0}&apos;, but discs were found. Check that they are discs of a spine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file&apos;s header names the body part &apos;{0}&apos;, but no spine was found. Is it the right series?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file&apos;s header names the body part &apos;{0}&apos;, but the levels found are {1}. Check them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder {0} cannot be read: {1}. Check the disk and the path.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model has learned discs above T9-T10 from generated scans only. Check their levels and outlines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network is unsure of every disc: this scan differs from those that it has learned from. Check all outlines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scan could not be handed to Slicer: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segment &apos;{0}&apos; has no readable layer or value. Save the segmentation again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The slab shows the middle {0} mm of each disc: volumes and widths are those of the part in view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The voxels of the image are stated to be {0} mm, which is not possible for a spine MR scan. Correct the spacing of the file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights in &apos;{0}&apos; contain values that are not numbers ({1}): the training failed. Train the model again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no validation cases, so it is not known whether the new model is better on your scans.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no disc centre to follow.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no disc to export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no disc with label value {0}. Choose one from the list.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no folder {0}. Choose the folder that holds the cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no folder {0}. Choose the folder with the images and label maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no model file &apos;{0}&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no model named &apos;{0}&apos;. Available: {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is not enough memory for this volume. Close other programs or volumes, or crop the volume to the spine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to train on: no training case and no phantoms. Add cases or phantoms.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is one disc more than names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This machine has no usable &apos;{0}&apos; device. Choose &apos;auto&apos; or &apos;cpu&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This point lies in {0} already. Drag its centre or paint on it to change it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This point lies in {0}. Move it out of the other disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This scan is in the training set already, as {0}. Remove that case to add another version.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This version of Slicer writes DICOM SEG with the extension QuantitativeReporting, which is not installed. Install it with the Extensions Manager, restart Slicer and export again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thoracic and lumbar spine: {0} to {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thoracic spine: {0} to {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again; a new process will be started.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two discs cannot both be</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Upper and lower vertebra of the disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume of the disc inside the image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whole spine: {0} to {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Worst cases of the new model (Dice before → now):</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your scene was not changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a folder of that name is in the way. Rename it or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>abdomen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>breast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cervical spine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>chest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>has axes that are not at right angles (sheared, as with a tilted gantry). Resample it to a regular grid first, in Slicer with &apos;Resample Scalar Volume&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is in use: open in another program, or a mount point. Close it there or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its folder does not exist. Create the folder first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>knee</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>limb</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lumbar spine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>neck</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>part of the path is a file, not a folder. Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pelvis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sacrum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shoulder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the disk is full. Free some space or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the file would be larger than this disk allows. Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the name is too long. Choose a shorter one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this disk cannot replace the folder as a whole. Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>thoracic spine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>writing there is not allowed. Choose another folder or change its permissions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} % of the voxels have the value {1}, far from all others: taken for fill (as resampling or padding leaves it), not for tissue.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} ({1}) and {2} ({3}) are the same scan. Leave one of them out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} Training waits until it can be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} belongs to the series, but was left out: {1}. Is a slice missing?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cannot be read ({1}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cannot be read whole: {1} is damaged ({2}). Copy or export the series again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cannot be read: {1}. Check the disk or copy it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cannot be written as JSON</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cannot hold a training: it is the folder of everything else. Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} consists of several parts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contains fractions, so it is not a label map. Choose the label map, not the image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: NDims {1}, DimSize {2}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: dimension {1}, sizes {2}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: its compressed voxels are not as its header says. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: its data files cannot hold its sizes. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: its voxel spacing is {1} mm by pixdim and {2} mm by its sform. Export it again with its true spacing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: its voxel type has {1} bits, its header says {2}. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: {1} dimensions, other numbers of spacings or directions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} contradicts itself: {1} sizes, space directions {2}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} could not be read or written: {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} could not be written whole. {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} could not be written. {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} could not be written: {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} does not exist.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} does not exist. Check the path.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} does not fit into memory. Close other programs or crop the volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} does not say its byte order (endian). Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} does not say where its images lie: they give no position or orientation in the patient (tags 0020,0032 and 0020,0037). Export the original series, not screenshots or a converted copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} ends too early: the copy or download is not complete. Copy or export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives a negative voxel spacing. Export it again with its true spacing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives a position, direction or spacing that is not a number. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives a size of {1} voxels. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives a voxel spacing of 0 mm or none at all. Export it again with its true spacing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives a voxel spacing of 0 mm, so nothing can be measured. Export it again with its true spacing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives a voxel spacing {1} (pixdim {2} mm{3}), so nothing can be measured. Export it again with its true spacing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives no pixel spacing, or one that cannot be (tag 0028,0030), so nothing can be measured. Export it again with its true spacing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} gives sizes that cannot be ({1}). Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has a field of view ({1} mm) that is larger than a patient, so the voxel spacing ({2} mm) cannot be right. Set the true spacing (Slicer: Volumes module).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has a voxel type that is not known (&apos;{1}&apos;). Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has a voxel type that is not known (NIfTI datatype {1}). Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has a voxel type that is not supported (&apos;{1}&apos;). Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has an ending that cannot be written. Use one of {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has gaps: its slices are {1} to {2} mm apart. Slices are missing; export the series again with all of them. {3}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has its axes in an order that is not supported. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has its frames between its spatial axes. Export one 3D volume of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has letters in its name that are not valid text (UTF-8). Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has letters in its name that are not valid text (UTF-8). Rename it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has no case.json. Give a folder with image, labels and case.json.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has no series &apos;{1}&apos;. Choose one of these by number:
{2}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has no voxels. Add the disc with one point instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has no {1}{2} beside it: its data file is missing. Copy both files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has slices that are shifted sideways by up to {1} mm: it is no regular volume. Export the original series.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has {1} cm³, which is unusual for a disc.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has {1} dimensions. Export one 3D volume of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has {1} images at each position, and nothing in their headers tells which belong together. Export each contrast or point of time as a series of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has {1} slice position(s): not a volume. Choose another series.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has {1} to {2} images a slice position: files are missing or doubled. Export the series again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has {1} voxels, more than any MR volume. The header is damaged: export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} has {1}; frame {2} does not exist. Choose another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} holds complex numbers. Export the magnitude image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} holds more data than its header declares, so one of the two is wrong. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} holds no DICOM volume (a series of {1} slices or more). Give the folder with the scan&apos;s slices, or name volume files one by one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} holds no case yet. Add one, or import images with their label maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} holds no image with a label map. Name them alike, for example &apos;scan1.nii.gz&apos; and &apos;scan1_labels.nii.gz&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} holds other files ({1}), and no training was ever started there. Choose an empty folder, so that nothing is overwritten.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} holds {1} series and no single sagittal T2 among them. Choose one by its number (--series 1):
{2}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is 4D: it has {1} frames, 0 to {2}. Choose one of them (--frame 0 for the first).{3}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a 2D picture ({1} pixels), not a volume. Give the whole scan: a volume file or the folder with all DICOM slices.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a 2D picture, not a volume. Give the whole scan: a volume file or a DICOM folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a 2D picture: fewer than {1} slices of its series lie in its folder. Give the folder with all slices.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a DICOM file without a picture. Give the folder with the slices.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a colour or vector image ({1} values a voxel). Give the grey-scale MR volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a colour picture. Give the grey-scale MR series.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a file, not a folder. Choose another folder for the training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a file, not a folder. Choose another output folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is a folder where a result file belongs. Rename it or choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is an empty file. Export the volume again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is cut by the field of view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged or of an unknown encoding: {1}. Copy or export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: &apos;{1}&apos; lies in layer {2}, it has {3}. Save it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its compressed data do not match their checksum. Copy or export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its compressed voxels cannot be decoded. Export the series again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its compressed voxels have another size than its header says. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its header gives &apos;{1}&apos; twice. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its header gives no {1}. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its header gives {1} &apos;{2}&apos;. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its header gives {1} twice. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its header names a space that is not known (&apos;{1}&apos;). Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its header says &apos;{1}&apos; for a number. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its qform is no rotation. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: its voxels are said to begin at byte {1}, which is {2}. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: the directions in its header have lengths of {1}, not 1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is damaged: the {1} in its header is {2}. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is encoded as &apos;{1}&apos;, which is not supported. Save it as raw or gzip.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is not a NIfTI file in spite of its name (an older Analyze file, perhaps: it does not say which side is left). Export the volume again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is not a NIfTI file in spite of its name. Export the volume again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is not a gzip file in spite of its name. Export the volume again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is not a volume that can be read. Give a NIfTI (.nii, .nii.gz), NRRD, MHA or MHD file, or a folder with DICOM images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is not a volume that can be read: no MetaImage in spite of its name. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is not a volume that can be read: no NRRD file in spite of its name. Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is not valid JSON ({1}). Repair or remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is on both sides: {1} (training) and {2} (validation). Give both the same role.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is open in another program, so {1} was left as it was. Close it and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} lies where the next slice of the series would, but was left out: its series instance UID is another one. Is it a slice of the series?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} may not be read. Change its permissions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} measures its voxels in {1}: which in mm? Export it in mm.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} names its data files in a way that cannot be (&apos;{1}&apos;). Export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} names no segments. Save the segmentation as .seg.nrrd from Slicer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} on {1} own cases ({2} for validation) and {3} phantoms, {4} steps; {5} % new weights. IVDSegmentation {6}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} vertebrae were counted between skull and sacrum, not {1}: levels counted from C2 and from the sacrum differ. Check the numbering, and look for a transitional vertebra or a disc that was missed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} voxel{1} not a number or infinite. Replace them (for instance by 0) or export the volume again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} was left out: it does not say which series it belongs to. Is a slice missing?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} was left out: {1}. If it belongs to the series, one of its slices is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} was not added by this program, so it is not deleted. Leave it out instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}. Check the disk and the folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: a side of more than 32767 voxels does not fit into NIfTI. Use .nrrd instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: its data file is missing ({1}). Copy it beside its header.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: its slices differ in {1} ({2}). Are they of one scan?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: this data file is missing. Copy it beside its header, or export again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}{1}, {2} GB of memory, {3} steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{1} lies above {0}, which is the wrong order. Set the level of one of them.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.message_area</name>
    <message>
        <source>Hide details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.models</name>
    <message>
        <source>Default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} {version} (default)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.questions</name>
    <message>
        <source>Edited discs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The discs of &apos;{name}&apos; have been edited.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the edited result and add the new one, or replace it? Replacing can be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unsaved corrections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The corrections of &apos;{name}&apos; are not saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save them to the cohort before the next scan is opened? Discarding cannot be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training will take about {duration}. It runs in the background and can be paused. Start it?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Long training</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>shared.texts</name>
    <message>
        <source>Starting the segmentation process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing the volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finding the discs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Labelling and measuring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU (Apple)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU (NVIDIA CUDA)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic (GPU if there is one)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CPU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cut off by the field of view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>very thin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>low probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>level uncertain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>counted from the lowest disc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a disc seems to be missing below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a disc seems to be missing above</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>trained on generated scans only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>edited by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>good</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>poor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>edited</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline: {grade}. Compared with a radiologist&apos;s outline: Dice about {dice}, surfaces about {mm} mm apart.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline: edited by you. The estimate is for outlines as the model drew them, so there is none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline: not judged. This model has no estimate of outlines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 disc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} discs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>levels unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{lowest} to {highest}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{discs}: look at {names}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{seconds} s on {device}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>model {name} {version}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time}, {memory} GB of memory, {steps} steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>about {time}, {memory} GB of memory, {steps} steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No spine was found in this volume, so nothing was added to the scene. Check that it is an MR scan of the spine. A lower probability threshold (Advanced) may help with faint discs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume was removed from the scene while it was being segmented, so the result was discarded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume could not be passed to the segmentation process ({reason}). Is the disk full?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The result could not be read ({reason}). Try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The result could not be added to the scene ({reason}). Please report this together with the details.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>train.cases</name>
    <message>
        <source>Training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Case</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Role</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No cases in this folder yet. Add the corrected discs of the open scene, or import scans with label maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a folder for your cases. &apos;Add to training set&apos; on the Review tab saves corrected scans there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{training} for training, {validation} for validation, {left_out} left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of cases</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{others} changed too: all scans of a patient share one role.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Added as {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume of this result was deleted, so it cannot be used for training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of scans with label maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voxels: {spacing} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Added {when} by {who}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>train.outcome</name>
    <message>
        <source>The new model was not evaluated, because there are no validation cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training found nothing better, so the new model is the same as the old one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Case</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dice, old</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dice, new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>False</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model {name} was added to the list of models on the Segment tab. All other models are unchanged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This model is in the list of models already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking the model …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models ({files})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exported to {path}. Others can import the file here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import model</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>train.process</name>
    <message>
        <source>The training process ended with code {code}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The process ended without any output.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>train.settings</name>
    <message>
        <source>Quick adapt (minutes)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full (hours)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From scratch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expected: {estimate}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is not a patch size. Enter slices x rows x columns, multiples of 8, 32 and 32, such as 32 x 192 x 160.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>train.tab</name>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Localization distance (mm)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no training data. Add cases or phantoms.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping: the best weights so far are kept and evaluated …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running a few steps …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of earlier cases</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train in a separate process. You can keep using Slicer, or close it, meanwhile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch has to be installed first (see above).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time and memory could not be measured: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured: {estimate}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disk is full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Evaluating</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step} of {steps}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>best Dice {dice}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
